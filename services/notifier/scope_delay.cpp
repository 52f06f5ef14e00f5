#include "notifier/scope_delay.hpp"

#include <chrono>

namespace cw::notifier {
namespace {

double seconds(Instant from, Instant to) {
  return std::chrono::duration<double>(to - from).count();
}

/// A level reached on a later day is the consequence of something else. A day more, because the
/// incident's days are those of its own time zone.
bool follows(const WatchReason& reason, Instant approved) {
  const auto approved_day = std::chrono::floor<std::chrono::days>(approved);
  return std::chrono::sys_days{reason.since} <= approved_day + std::chrono::days{1};
}

}  // namespace

void ScopeDelay::begin_batch(std::span<const PendingEntry> entries, const ControlView& control) {
  batch_.clear();
  for (const PendingEntry& pending : entries) {
    if (!pending.entry.reasons) continue;
    for (const WatchReason& reason : *pending.entry.reasons) {
      if (reason.scope_revision == 0) continue;
      const std::pair key{reason.incident, reason.scope_revision};
      if (batch_.contains(key)) continue;
      const auto approved = control.approved_at(reason.incident, reason.scope_revision);
      if (approved && follows(reason, *approved)) {
        batch_.emplace(key, std::pair{pending.entry.seq, *approved});
      }
    }
  }
}

std::vector<double> ScopeDelay::accepted(std::uint64_t through, Instant at) {
  std::vector<double> delays;
  for (const auto& [revision, first] : batch_) {
    if (first.first > through) continue;
    delays.push_back(seconds(first.second, at));
    waiting_.emplace_back(through, first.second);
    if (waiting_.size() > kWaitingMax) waiting_.pop_front();
  }
  batch_.clear();
  return delays;
}

std::vector<double> ScopeDelay::applied(std::uint64_t through, Instant at) {
  std::vector<double> delays;
  for (; !waiting_.empty() && waiting_.front().first <= through; waiting_.pop_front()) {
    delays.push_back(seconds(waiting_.front().second, at));
  }
  return delays;
}

}  // namespace cw::notifier
