#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw {

/// Rising order (rules.md R23).
enum class WatchLevel : std::uint8_t { kInFile, kIdentified, kFraudReported };

[[nodiscard]] std::string_view text(WatchLevel level) noexcept;  ///< "in_file" ...
[[nodiscard]] std::optional<WatchLevel> watch_level_from(std::string_view text) noexcept;

/// ISO 20022 FileActionType, as used in the feed.
enum class FeedOp : std::uint8_t { kAddd, kUpdt, kDelt };

[[nodiscard]] std::string_view text(FeedOp op) noexcept;  ///< "ADDD" ...
[[nodiscard]] std::optional<FeedOp> feed_op_from(std::string_view text) noexcept;

/// Why a card is watched: one per incident and exposed file that holds it.
struct WatchReason {
  IncidentId incident;
  FileName file;
  WatchLevel level = WatchLevel::kInFile;
  /// The scope revision in force when the level was reached; 0 if none. A later one that leaves the
  /// card as it was does not show, so it changes no entry.
  std::uint32_t scope_revision = 0;
  Day since;  ///< Day on which the level was reached, incident's time zone.
  Day at_risk_from;
  Day at_risk_to;

  friend bool operator==(const WatchReason&, const WatchReason&) = default;
};

/// A card's watch state for the issuer it belongs to (R22 to R24).
struct WatchEntry {
  IssuerId issuer;
  CardRef card;
  WatchLevel level = WatchLevel::kInFile;
  Expiry expiry;           ///< The latest among the watched records.
  std::string sealed_pan;  ///< Of the watched record with the smallest (incident, file, record).
  std::string file_key;
  Day watch_from;                    ///< Day on which the first watched record was received.
  std::vector<WatchReason> reasons;  ///< By (incident, file).

  friend bool operator==(const WatchEntry&, const WatchEntry&) = default;
};

/// A change of an issuer's list. `entry.issuer` is the receiver. A kDelt entry has issuer and card,
/// and expiry, sealed_pan and file_key of the entry that it removes; the rest is empty.
struct WatchChange {
  FeedOp op = FeedOp::kAddd;
  WatchEntry entry;

  friend bool operator==(const WatchChange&, const WatchChange&) = default;
};

}  // namespace cw
