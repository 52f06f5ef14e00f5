#include "issuer/pull_fsm.hpp"

#include <algorithm>

namespace cw::issuer {

using std::chrono::milliseconds;
using Kind = PullAction::Kind;

PullAction PullFsm::next(Time now, const State& state) {
  PullAction action = choose(now, state);
  last_ = action.kind;
  if (last_ == Kind::kEntries) {
    entries_first_ = false;
    asked_at_ = now;
  }
  return action;
}

PullAction PullFsm::choose(Time now, const State& state) const {
  if (now < pause_until_) {
    return {.kind = Kind::kPause, .wait = std::chrono::ceil<milliseconds>(pause_until_ - now)};
  }
  if (!verified_) return {.kind = Kind::kVerify};
  if (options_.entries && (snapshot_ || state.empty)) return {.kind = Kind::kSnapshot};
  const bool acknowledge = state.to_acknowledge && !(entries_first_ && options_.entries);
  if (acknowledge) return {.kind = Kind::kAcknowledge};
  if (!options_.entries) {
    return {.kind = Kind::kPause, .wait = poll(now, state).wait};
  }
  if (!repair_.empty()) return {.kind = Kind::kRepair, .buckets = repair_};
  if (caught_up_ && (!digest_due_ || *digest_due_ <= now)) return {.kind = Kind::kDigest};
  return poll(now, state);
}

PullAction PullFsm::poll(Time now, const State& state) const {
  milliseconds wait = options_.entries ? options_.wait : options_.interval;
  if ((!caught_up_ || entries_first_) && options_.entries) wait = milliseconds{0};
  if (state.more_due) {
    const auto left = std::chrono::ceil<milliseconds>(*state.more_due - now);
    wait = std::clamp(wait, milliseconds{0}, std::max(left, milliseconds{0}));
  }
  return {.kind = Kind::kEntries, .wait = wait};
}

void PullFsm::snapshot_taken() {
  failures_ = 0;
  snapshot_ = false;
  repair_.clear();
}

void PullFsm::entries_came(bool more) {
  failures_ = 0;
  caught_up_ = !more;
}

void PullFsm::nothing_came(Time now) {
  failures_ = 0;
  // Without a long poll, or while it stops, the sender answers at once.
  if (caught_up_ && now - asked_at_ < options_.interval) pause_until_ = now + options_.interval;
  caught_up_ = true;
}

void PullFsm::compared(Time now, const std::optional<std::vector<crypto::Bucket>>& differing) {
  failures_ = 0;
  // Of different states: soon again, when what is under way has come.
  digest_due_ = now + (differing ? options_.digest_interval : options_.interval);
  if (!differing) caught_up_ = false;
  if (differing) repair_ = *differing;
}

void PullFsm::repaired() {
  failures_ = 0;
  repair_.clear();
  digest_due_.reset();  // Whether it helped.
}

void PullFsm::failed(Time now) {
  constexpr std::uint32_t kDoublingsMax = 16;
  ++failures_;
  const auto doublings = std::min(failures_ - 1, kDoublingsMax);
  const milliseconds pause = options_.interval * (std::int64_t{1} << doublings);
  pause_until_ = now + std::min(pause, kPauseMax);
  if (last_ == Kind::kDigest || last_ == Kind::kRepair) {
    repair_.clear();
    caught_up_ = false;
    digest_due_ = pause_until_ + options_.interval;
  }
  entries_first_ = last_ == Kind::kAcknowledge;
}

}  // namespace cw::issuer
