#include "notifier/delivery_fsm.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace cw::notifier {

using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;
using codec::FeedSetBy;
using codec::FeedStatus;

std::string_view text(DeliveryPhase phase) noexcept {
  switch (phase) {
    case DeliveryPhase::kStarting:
      return "starting";
    case DeliveryPhase::kIdle:
      return "idle";
    case DeliveryPhase::kBuilding:
      return "building";
    case DeliveryPhase::kSending:
      return "sending";
    case DeliveryPhase::kMoving:
      return "moving";
    case DeliveryPhase::kSaving:
      return "saving";
    case DeliveryPhase::kBackingOff:
      return "backing_off";
    case DeliveryPhase::kWaitingForKey:
      return "waiting_for_key";
    case DeliveryPhase::kHeld:
      return "held";
    case DeliveryPhase::kPaused:
      return "paused";
    case DeliveryPhase::kDisabled:
      return "disabled";
    case DeliveryPhase::kEnded:
      return "ended";
  }
  return "unknown";
}

DeliveryFsm::DeliveryFsm(DeliveryOptions options, Dice dice, FeedStanding standing)
    : options_(options),
      dice_(std::move(dice)),
      standing_(std::move(standing)),
      asked_(!options.ask_first) {
  CW_ASSERT(options_.batch_entries_max > 0);
}

DeliveryAction DeliveryFsm::resume(const Event& event) {
  switch (phase_) {
    case DeliveryPhase::kStarting:
      CW_ASSERT(event.kind == Kind::kStart);
      return decide();
    case DeliveryPhase::kBuilding:
      return after_build(event);
    case DeliveryPhase::kSending:
      return after_send(event);
    case DeliveryPhase::kMoving:
      return after_move(event);
    case DeliveryPhase::kSaving:
      return save_retry_ ? after_wait(event) : after_save(event);
    case DeliveryPhase::kEnded:
      CW_ASSERT(false);
      return end();
    default:
      return after_wait(event);
  }
}

/// The window is free: what comes next?
DeliveryAction DeliveryFsm::decide() {
  if (stopping_) return end();
  if (!orders_.empty()) return begin_order();
  if (standing_.state == FeedStatus::kDisabled) {
    // New settings are an answer to a 410, not to what somebody decided.
    const FeedSetBy set_by = standing_.set_by.value_or(FeedSetBy::kUs);
    return wait(DeliveryPhase::kDisabled, {.wakes_on_settings = set_by == FeedSetBy::kAnswer410});
  }
  if (standing_.state == FeedStatus::kPaused) {
    return wait(DeliveryPhase::kPaused, {.wakes_on_settings = false});
  }
  if (owed_) {
    return wait(DeliveryPhase::kBackingOff, {.pause = std::exchange(owed_, std::nullopt)});
  }
  if (circuit_open_ || !asked_) return build_message(Purpose::kProbe);
  if (extra_waiting_ && !extra_last_) return build_message(Purpose::kExtra);
  return build();
}

DeliveryAction DeliveryFsm::after_wait(const Event& event) {
  CW_ASSERT(event.kind == Kind::kWork || event.kind == Kind::kSettings ||
            event.kind == Kind::kTimer || event.kind == Kind::kOrder);
  if (phase_ == DeliveryPhase::kSaving) return save();
  if (stopping_) return end();
  if (event.kind == Kind::kSettings) {
    begin_again_ = true;
    resend_ = false;
    owed_.reset();
    if (!disabled()) return decide();
    // Saved, or the next process would find it disabled although nothing is left to answer.
    standing_ = {};
    return save();
  }
  if (phase_ == DeliveryPhase::kBackingOff) {
    if (event.kind == Kind::kTimer) return after_backoff();
    CW_ASSERT(event.kind == Kind::kOrder);
    owed_ = event.remaining;
  }
  if (phase_ == DeliveryPhase::kIdle && event.kind == Kind::kTimer) {
    return wait(DeliveryPhase::kIdle, {.wakes_on_work = true});
  }
  return decide();
}

DeliveryAction DeliveryFsm::after_backoff() {
  owed_.reset();
  if (!orders_.empty() || circuit_open_ || !resend_) return decide();
  return send(/*retry=*/true);
}

DeliveryAction DeliveryFsm::begin_order() {
  const FeedOrder& order = orders_.front();
  if (auto allowed = check_order(order, standing_); !allowed) {
    finish_order(std::move(allowed));
    return decide();
  }
  order_begun_ = true;
  // A person says when; what is left of a pause does not hold that up.
  if (order.kind == FeedOrder::Kind::kProbe || order.kind == FeedOrder::Kind::kResume) {
    owed_.reset();
  }
  switch (order.kind) {
    case FeedOrder::Kind::kProbe:
      return build_message(Purpose::kProbe);
    case FeedOrder::Kind::kReplay:
      return move(order.after);
    default:
      break;
  }
  if (standing_after(order).state == standing_.state) {
    // Nothing changes for the issuer; at most whose word it is.
    if (standing_.state != FeedStatus::kEnabled) return apply_order();
    finish_order(Ok{});
    return decide();
  }
  // Whoever does not answer anyway need not be told, and must not hold up the order.
  const bool reachable = failures_ == 0 && !paused_;
  if (order.set_by == FeedSetBy::kUs && reachable) return build_message(Purpose::kNotice);
  return apply_order();
}

DeliveryAction DeliveryFsm::apply_order() {
  standing_ = standing_after(orders_.front());
  if (standing_.state == FeedStatus::kEnabled) begin_again_ = true;
  return save();
}

void DeliveryFsm::finish_order(Status outcome) {
  CW_ASSERT(!orders_.empty());
  orders_.pop_front();
  outcomes_.push_back(std::move(outcome));
  order_begun_ = false;
}

DeliveryAction DeliveryFsm::after_build(const Event& event) {
  if (event.kind == Kind::kBuiltEmpty) return save();
  if (stopping_) return end();
  if (event.kind != Kind::kTrouble && std::exchange(paused_, false)) last_error_.reset();
  if (event.kind == Kind::kBuilt) {
    batch_count_ = event.count;
    return send(/*retry=*/false);
  }
  if (order_begun_) return after_build_order(event);
  switch (event.kind) {
    case Kind::kHeld:
      return wait(DeliveryPhase::kHeld);
    case Kind::kTrouble:
      return pause(event.error);
    default:
      break;
  }
  if (purpose_ == Purpose::kExtra) {
    CW_ASSERT(event.kind == Kind::kNothing);
    extra_last_ = true;
    return decide();
  }
  return after_build_entries(event);
}

/// An ordered message could not be made.
DeliveryAction DeliveryFsm::after_build_order(const Event& event) {
  if (purpose_ == Purpose::kNotice) return apply_order();
  CW_ASSERT(event.kind == Kind::kHeld || event.kind == Kind::kTrouble);
  if (event.kind == Kind::kHeld) {
    finish_order(Error{Errc::kConflict, "the issuer has no endpoint to send to"});
    return decide();
  }
  finish_order(event.error);
  return pause(event.error);
}

DeliveryAction DeliveryFsm::after_build_entries(const Event& event) {
  if (event.kind == Kind::kKeyMissing) {
    if (extra_waiting_) return build_message(Purpose::kExtra);
    return wait(DeliveryPhase::kWaitingForKey, {.wakes_on_work = true});
  }
  CW_ASSERT(event.kind == Kind::kNothing);
  suspects_ = 0;
  if (passed_over_ > 0) return refuses_everything({.error = last_error_.value_or(Error{})});
  if (extra_waiting_) return build_message(Purpose::kExtra);
  // Nothing is left that could fail.
  failures_ = 0;
  last_error_.reset();
  return rest();
}

DeliveryAction DeliveryFsm::after_send(const Event& event) {
  // Another pause after it begins anew.
  owed_.reset();
  if (purpose_ == Purpose::kNotice) return after_notice(event);
  if (event.kind == Kind::kGone) return gone(event);
  if (purpose_ == Purpose::kProbe) return after_probe(event);
  switch (event.kind) {
    case Kind::kFailed:
      resend_ = true;
      return fail(event);
    case Kind::kTrouble:
      return stopping_ ? end() : pause(event.error);
    case Kind::kGap:
      if (!event.may_rewind) break;
      return stopping_ ? end() : move(event.through);
    default:
      break;
  }
  return purpose_ == Purpose::kExtra ? after_send_extra(event) : after_send_entries(event);
}

DeliveryAction DeliveryFsm::after_send_entries(const Event& event) {
  switch (event.kind) {
    case Kind::kAccepted:
      failures_ = 0;
      passed_over_ = 0;
      last_error_.reset();
      suspects_ = suspects_ > event.count ? suspects_ - event.count : 0;
      if (!event.save_later) return save();
      unsaved_ = true;
      return decide();
    case Kind::kRefused:
      return refuse(event);
    case Kind::kGap:
      return fail(event);
    default:
      CW_ASSERT(false);
      return end();
  }
}

/// Whatever the issuer answered: the extra work has it.
DeliveryAction DeliveryFsm::after_send_extra(const Event& event) {
  extra_last_ = true;
  if (event.kind == Kind::kAccepted) {
    failures_ = 0;
    if (passed_over_ == 0) last_error_.reset();
  }
  return decide();
}

DeliveryAction DeliveryFsm::after_probe(const Event& event) {
  const bool ordered = order_begun_;
  if (event.kind == Kind::kAccepted) {
    if (ordered) finish_order(Ok{});
    circuit_open_ = false;
    asked_ = true;
    unsaved_ = unsaved_ || event.moved;
    return decide();
  }
  if (ordered) finish_order(event.error);
  // Whoever cannot be asked will do without, as long as it takes entries.
  if (event.kind == Kind::kRefused && !std::exchange(asked_, true)) return decide();
  if (event.kind == Kind::kTrouble) return stopping_ ? end() : pause(event.error);
  // Somebody wanted to know; it is no failed delivery of a feed that stands still.
  if (standing_.state != FeedStatus::kEnabled) return decide();
  return fail(event);
}

/// One attempt: whatever came of it, the change takes effect.
DeliveryAction DeliveryFsm::after_notice(const Event& event) {
  const bool refused =
      event.kind == Kind::kGone && orders_.front().kind == FeedOrder::Kind::kResume;
  if (refused) return gone(event);
  return apply_order();
}

DeliveryAction DeliveryFsm::gone(const Event& event) {
  if (order_begun_) finish_order(event.error);
  last_error_ = event.error;
  // What somebody decided stands; it ends with their word only.
  if (standing_.state == FeedStatus::kEnabled || !standing_.set_by) {
    standing_ = {.state = FeedStatus::kDisabled,
                 .set_by = FeedSetBy::kAnswer410,
                 .by = {},
                 .reason = event.error.detail};
  }
  return save();
}

DeliveryAction DeliveryFsm::after_move(const Event& event) {
  CW_ASSERT(event.kind == Kind::kMoved || event.kind == Kind::kMoveFailed);
  if (event.kind == Kind::kMoved) {
    suspects_ = 0;
    begin_again_ = true;
    return save();
  }
  if (order_begun_) {
    finish_order(event.error);
    return decide();
  }
  return fail(event);
}

DeliveryAction DeliveryFsm::after_save(const Event& event) {
  CW_ASSERT(event.kind == Kind::kSaved || event.kind == Kind::kSaveFailed);
  if (event.kind == Kind::kSaveFailed) {
    if (stopping_) {
      unsaved_ = false;
      return end();
    }
    // The delivery is not repeated for it: the issuer has the batch, and the cursor in memory
    // stands. A restart before it is saved sends that batch again, under the same id.
    if (!last_error_) {
      last_error_ = event.error;
      save_failed_ = true;
    }
    save_retry_ = true;
    return {.kind = Do::kWait,
            .pause = options_.recheck,
            .wakes_on_settings = false,
            .wakes_on_order = false};
  }
  if (std::exchange(save_failed_, false)) last_error_.reset();
  unsaved_ = false;
  if (order_begun_) finish_order(Ok{});
  const auto owed = std::exchange(owed_wait_, std::nullopt);
  if (!owed || stopping_) return decide();
  phase_ = owed->first;
  return owed->second;
}

DeliveryAction DeliveryFsm::fail(const Event& event) {
  ++failures_;
  last_error_ = event.error;
  if (failures_ >= options_.circuit_failures) circuit_open_ = true;
  if (stopping_) return end();
  const auto floor = event.retry_after.value_or(std::chrono::milliseconds{0});
  return wait(DeliveryPhase::kBackingOff,
              {.pause = backoff(options_.backoff, failures_, floor, dice_())});
}

DeliveryAction DeliveryFsm::refuse(const Event& event) {
  if (batch_count_ > 1) {
    suspects_ = batch_count_;
    return decide();
  }
  if (passed_over_ >= options_.refused_in_row_max) return refuses_everything(event);
  last_error_ = event.error;
  if (stopping_) return end();
  suspects_ = 0;
  ++passed_over_;
  return build(PassOver::kAdd);
}

DeliveryAction DeliveryFsm::refuses_everything(const Event& event) {
  begin_again_ = true;
  return fail(event);
}

DeliveryAction DeliveryFsm::pause(const Error& error) {
  last_error_ = error;
  paused_ = true;
  return wait(DeliveryPhase::kPaused, {.pause = options_.recheck});
}

DeliveryAction DeliveryFsm::build(PassOver pass_over) {
  Action action = build_message(Purpose::kEntries);
  extra_last_ = false;
  if (std::exchange(begin_again_, false)) pass_over = PassOver::kForget;
  if (pass_over == PassOver::kForget) passed_over_ = 0;
  action.pass_over = pass_over;
  action.entries_max = options_.batch_entries_max;
  if (suspects_ > 0) {
    action.entries_max = std::min(action.entries_max, suspects_ / 2 + suspects_ % 2);
  }
  // One more entry is enough to learn whether the refused ones were at fault.
  if (passed_over_ > 0) action.entries_max = 1;
  return action;
}

DeliveryAction DeliveryFsm::build_message(Purpose purpose) {
  phase_ = DeliveryPhase::kBuilding;
  purpose_ = purpose;
  resend_ = false;
  return {.kind = Do::kBuild, .purpose = purpose};
}

DeliveryAction DeliveryFsm::send(bool retry) {
  phase_ = DeliveryPhase::kSending;
  resend_ = false;
  return {.kind = Do::kSend, .purpose = purpose_, .retry = retry};
}

DeliveryAction DeliveryFsm::move(std::uint64_t through) {
  phase_ = DeliveryPhase::kMoving;
  resend_ = false;
  return {.kind = Do::kMove, .through = through};
}

DeliveryAction DeliveryFsm::save() {
  phase_ = DeliveryPhase::kSaving;
  save_retry_ = false;
  return {.kind = Do::kSave};
}

DeliveryAction DeliveryFsm::wait(DeliveryPhase phase, Action action) {
  action.kind = Do::kWait;
  if (unsaved_) {
    owed_wait_ = {phase, action};
    return save();
  }
  phase_ = phase;
  return action;
}

// Entries that come one by one would otherwise each wait for the cursor of the one before.
DeliveryAction DeliveryFsm::rest() {
  if (!unsaved_) return wait(DeliveryPhase::kIdle, {.wakes_on_work = true});
  phase_ = DeliveryPhase::kIdle;
  return {.kind = Do::kWait, .pause = options_.save_patience, .wakes_on_work = true};
}

DeliveryAction DeliveryFsm::end() {
  if (unsaved_) return save();
  phase_ = DeliveryPhase::kEnded;
  return {.kind = Do::kEnd};
}

}  // namespace cw::notifier
