#pragma once

#include <cstddef>
#include <cstdint>

/// Private to lib/codec: a fact's row in a block of match facts, as schemas/match-facts tells it.
namespace cw::codec {

/// Places in a row. Names stand as their numbers in the block's list.
enum FactColumn : std::size_t {
  kFactIncident,
  kFactIssuer,
  kFactReport,
  kFactRevision,
  kFactKnownFrom,  ///< Milliseconds since 1970.
  kFactCard,
  kFactCardIssuer,
  kFactOutcome,
  kFactFlags,
  kFactScopeRevision,
  kFactReceivedAgo,  ///< known_from - received_at, milliseconds.
  kFactReportedAgo,  ///< received_at - reported_at, milliseconds; negative if it lies ahead.
  kFactFraudType,
  kFactDisposition,  ///< -1: none.
  kFactMember,       ///< Left out if there is none.
  kFactColumns,
};

/// Sums of kFactFlags.
enum FactFlag : std::uint32_t {
  kFlagActive = 1,
  kFlagAttributable = 2,
  kFlagImported = 4,
  kFlagRetracted = 8,
  kFlagDeclined = 16,
  kFlagApproved = 32,
  kFlagsAll = 63,
};

}  // namespace cw::codec
