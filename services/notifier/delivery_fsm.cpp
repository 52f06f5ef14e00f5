#include "notifier/delivery_fsm.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace cw::notifier {

using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;

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

DeliveryFsm::DeliveryFsm(DeliveryOptions options, Dice dice, bool disabled)
    : options_(options), dice_(std::move(dice)), disabled_(disabled) {
  CW_ASSERT(options_.batch_entries_max > 0);
}

DeliveryAction DeliveryFsm::resume(const Event& event) {
  switch (phase_) {
    case DeliveryPhase::kStarting:
      CW_ASSERT(event.kind == Kind::kStart);
      return disabled_ ? wait(DeliveryPhase::kDisabled, std::nullopt) : build();
    case DeliveryPhase::kBuilding:
      return after_build(event);
    case DeliveryPhase::kSending:
      return after_send(event);
    case DeliveryPhase::kSaving:
      return save_retry_ ? after_wait(event) : after_save(event);
    case DeliveryPhase::kEnded:
      CW_ASSERT(false);
      return end();
    default:
      return after_wait(event);
  }
}

DeliveryAction DeliveryFsm::after_wait(const Event& event) {
  CW_ASSERT(event.kind == Kind::kWork || event.kind == Kind::kSettings ||
            event.kind == Kind::kTimer);
  if (phase_ == DeliveryPhase::kSaving) return save();
  if (stopping_) return end();
  if (event.kind == Kind::kSettings) {
    disabled_ = false;
    return build(PassOver::kForget);
  }
  switch (phase_) {
    case DeliveryPhase::kIdle:
    case DeliveryPhase::kWaitingForKey:
    case DeliveryPhase::kPaused:
      return build();
    case DeliveryPhase::kBackingOff:
      CW_ASSERT(event.kind == Kind::kTimer);
      if (begin_again_) return build(PassOver::kForget);
      return send(/*retry=*/true);
    default:
      return wait(phase_, std::nullopt);
  }
}

DeliveryAction DeliveryFsm::after_build(const Event& event) {
  if (event.kind == Kind::kBuiltEmpty) return save();
  if (stopping_) return end();
  if (event.kind != Kind::kTrouble && std::exchange(paused_, false)) last_error_.reset();
  switch (event.kind) {
    case Kind::kBuilt:
      CW_ASSERT(event.count > 0);
      batch_count_ = event.count;
      return send(/*retry=*/false);
    case Kind::kNothing:
      suspects_ = 0;
      if (passed_over_ > 0) return refuses_everything({.error = last_error_.value_or(Error{})});
      return wait(DeliveryPhase::kIdle, std::nullopt, /*wakes_on_work=*/true);
    case Kind::kKeyMissing:
      return wait(DeliveryPhase::kWaitingForKey, std::nullopt, /*wakes_on_work=*/true);
    case Kind::kHeld:
      return wait(DeliveryPhase::kHeld, std::nullopt);
    case Kind::kTrouble:
      return pause(event.error);
    default:
      CW_ASSERT(false);
      return end();
  }
}

DeliveryAction DeliveryFsm::after_send(const Event& event) {
  switch (event.kind) {
    case Kind::kAccepted:
      failures_ = 0;
      passed_over_ = 0;
      last_error_.reset();
      suspects_ = suspects_ > event.count ? suspects_ - event.count : 0;
      return save();
    case Kind::kFailed:
      return fail(event);
    case Kind::kRefused:
      return refuse(event);
    case Kind::kTrouble:
      return stopping_ ? end() : pause(event.error);
    case Kind::kGone:
      disabled_ = true;
      last_error_ = event.error;
      return save();
    default:
      CW_ASSERT(false);
      return end();
  }
}

DeliveryAction DeliveryFsm::after_save(const Event& event) {
  CW_ASSERT(event.kind == Kind::kSaved || event.kind == Kind::kSaveFailed);
  if (stopping_) return end();
  if (event.kind == Kind::kSaveFailed) {
    // The delivery is not repeated for it: the issuer has the batch, and the cursor in memory
    // stands. A restart before it is saved sends that batch again, under the same id.
    if (!last_error_) {
      last_error_ = event.error;
      save_failed_ = true;
    }
    save_retry_ = true;
    return {.kind = Do::kWait, .pause = options_.recheck, .wakes_on_settings = false};
  }
  if (std::exchange(save_failed_, false)) last_error_.reset();
  if (disabled_) return wait(DeliveryPhase::kDisabled, std::nullopt);
  return build();
}

DeliveryAction DeliveryFsm::fail(const Event& event) {
  ++failures_;
  last_error_ = event.error;
  if (stopping_) return end();
  const auto floor = event.retry_after.value_or(std::chrono::milliseconds{0});
  return wait(DeliveryPhase::kBackingOff, backoff(options_.backoff, failures_, floor, dice_()));
}

DeliveryAction DeliveryFsm::refuse(const Event& event) {
  if (batch_count_ > 1) {
    if (stopping_) return end();
    suspects_ = batch_count_;
    return build();
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
  return wait(DeliveryPhase::kPaused, options_.recheck);
}

DeliveryAction DeliveryFsm::build(PassOver pass_over) {
  phase_ = DeliveryPhase::kBuilding;
  if (pass_over == PassOver::kForget) {
    passed_over_ = 0;
    begin_again_ = false;
  }
  std::size_t most = options_.batch_entries_max;
  if (suspects_ > 0) most = std::min(most, suspects_ / 2 + suspects_ % 2);
  // One more entry is enough to learn whether the refused ones were at fault.
  if (passed_over_ > 0) most = 1;
  return {.kind = Do::kBuild, .entries_max = most, .pass_over = pass_over};
}

DeliveryAction DeliveryFsm::send(bool retry) {
  phase_ = DeliveryPhase::kSending;
  return {.kind = Do::kSend, .retry = retry};
}

DeliveryAction DeliveryFsm::save() {
  phase_ = DeliveryPhase::kSaving;
  save_retry_ = false;
  return {.kind = Do::kSave};
}

DeliveryAction DeliveryFsm::wait(DeliveryPhase phase,
                                 std::optional<std::chrono::milliseconds> pause,
                                 bool wakes_on_work) {
  phase_ = phase;
  return {.kind = Do::kWait, .pause = pause, .wakes_on_work = wakes_on_work};
}

DeliveryAction DeliveryFsm::end() {
  phase_ = DeliveryPhase::kEnded;
  return {.kind = Do::kEnd};
}

}  // namespace cw::notifier
