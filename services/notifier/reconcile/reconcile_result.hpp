#pragma once

#include "lib/base/time.hpp"
#include "lib/crypto/feed_digest.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cw::notifier {

/// What a comparison with an issuer found, and what was done about it.
struct ReconcileResult {
  Instant at = {};            ///< When it ended.
  std::uint64_t through = 0;  ///< The cursor at which was compared first.
  bool equal_before = false;
  std::vector<crypto::Bucket> differing = {};  ///< Buckets in which the issuer held something else.
  std::uint64_t repair_batches = 0;
  std::uint64_t repaired_entries = 0;
  std::uint64_t bytes = 0;  ///< Of the repair, as sent.
  bool equal_after = false;

  friend bool operator==(const ReconcileResult&, const ReconcileResult&) = default;
};

/// As POST /v1/feeds/{issuer}/reconcile answers it.
[[nodiscard]] std::string to_json(const ReconcileResult& result);

}  // namespace cw::notifier
