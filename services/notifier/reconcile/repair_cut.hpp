#pragma once

#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "notifier/batch_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cw::notifier {

/// What one replacing batch may hold; at least the cards of one position are taken.
struct RepairLimits {
  std::size_t entries_max = 500;
  std::size_t bytes_max = 1U << 20U;  ///< Of the clear text.
};

/// One replacing batch in the making: afterwards the issuer's cards at these positions are exactly
/// these entries.
struct RepairPart {
  codec::PositionRange replaces = {};
  std::vector<BatchBuilder::Opened> entries = {};  ///< By rising seq.
};

/// All positions of a bucket.
[[nodiscard]] codec::PositionRange range_of(crypto::Bucket bucket) noexcept;

/// Cuts the cards of `range` into parts that cover it from end to end, in order and without
/// overlap. Cards outside of it are left out; without any card there is one empty part.
[[nodiscard]] std::vector<RepairPart> cut(codec::PositionRange range,
                                          std::vector<BatchBuilder::Opened> cards,
                                          const RepairLimits& limits);

}  // namespace cw::notifier
