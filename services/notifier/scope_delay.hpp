#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/ids.hpp"
#include "notifier/control_view.hpp"
#include "notifier/held_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace cw::notifier {

/// Measures how long the approval of a scope revision takes to reach an issuer: for each batch and
/// each revision that its entries are a consequence of, seconds until it was accepted and applied.
/// Entries of cards that came under a revision days later (a new report) do not count, nor do
/// revisions that were imported. THREAD: not safe.
class ScopeDelay {
 public:
  /// Batches whose application is waited for; older ones are forgotten.
  static constexpr std::size_t kWaitingMax = 1000;

  /// The batch that is about to be sent.
  void begin_batch(std::span<const PendingEntry> entries, const ControlView& control);
  /// Seconds of each revision of that batch; what was accepted up to `through` waits from now on
  /// for its application.
  [[nodiscard]] std::vector<double> accepted(std::uint64_t through, Instant at);
  /// Seconds of what was accepted up to `through`.
  [[nodiscard]] std::vector<double> applied(std::uint64_t through, Instant at);

 private:
  /// When each revision in the batch was approved, with the seq of its first entry.
  std::map<std::pair<IncidentId, std::uint32_t>, std::pair<std::uint64_t, Instant>> batch_;
  std::deque<std::pair<std::uint64_t, Instant>> waiting_;  ///< By accepted through.
};

}  // namespace cw::notifier
