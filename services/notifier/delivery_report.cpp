// What a DeliveryWorker shows and tells of itself.
#include "lib/base/time.hpp"
#include "notifier/delivery_worker.hpp"

#include <utility>

namespace cw::notifier {

FeedStatus DeliveryWorker::status() const {
  auto figures = feed_->figures();
  auto cards = feed_->answers();
  const std::lock_guard lock{mutex_};
  auto status = feed_status(shown_, std::move(figures), now());
  status.cards = std::move(cards);
  return status;
}

codec::FeedState DeliveryWorker::state() const {
  codec::FeedState state{.issuer = issuer_,
                         .epoch = env_->config.epoch,
                         .through = feed_->figures().through,
                         .accepted_through = accepted_through_,
                         .applied_through = applied_through_,
                         .failures = fsm_.failures(),
                         .last_error = {},
                         // Written on this strand only, so it may be read here without the lock.
                         .issuer_digest = shown_.issuer_digest,
                         .updated_at = now()};
  const FeedStanding& standing = fsm_.standing();
  state.state = standing.state;
  state.set_by = standing.set_by;
  if (!standing.by.empty()) state.by = standing.by;
  if (!standing.reason.empty()) state.reason = standing.reason;
  state.rewinds = rewinds_;
  if (standing.state == codec::FeedStatus::kEnabled && fsm_.phase() == DeliveryPhase::kPaused) {
    // By trouble of ours: nobody's word.
    state.state = codec::FeedStatus::kPaused;
    state.set_by.reset();
    state.by.reset();
    state.reason.reset();
  }
  if (const auto& error = fsm_.last_error()) {
    state.last_error = std::string{name(error->code)} + ": " + error->detail;
  }
  return state;
}

void DeliveryWorker::show() {
  {
    const std::lock_guard lock{mutex_};
    shown_.phase = fsm_.phase();
    shown_.circuit_open = fsm_.circuit_open();
    shown_.next_attempt_at = next_attempt_at_;
    shown_.state = state();
  }
  tell_digest();
}

void DeliveryWorker::tell(DeliveryPhase before) {
  const DeliveryPhase phase = fsm_.phase();
  const Error error = fsm_.last_error().value_or(Error{});
  const telemetry::Logger::Fields fields = {{"issuer", issuer_.get()},
                                            {"code", error.code},
                                            {"detail", error.detail},
                                            {"failures", fsm_.failures()}};
  if (phase == DeliveryPhase::kBackingOff) {
    logger_.warn_throttled(failure_lines_, "delivery_failed", "a delivery failed", fields);
  }
  tell_circuit(fields);
  if (phase != before) tell_trouble(error);
}

/// A receiver whose probes pass and whose deliveries fail opens and closes it all the time: that is
/// told once until a delivery succeeds.
void DeliveryWorker::tell_circuit(const telemetry::Logger::Fields& fields) {
  if (fsm_.circuit_open()) {
    if (std::exchange(circuit_told_, true)) return;
    logger_.alarm("feed_circuit_open",
                  "deliveries to the issuer fail; one probe at a time is sent until it passes",
                  fields);
    if (!cursor_error_) env_->states.publish(state());
  } else if (fsm_.failures() == 0 && std::exchange(circuit_told_, false)) {
    logger_.info("feed_circuit_closed", "deliveries succeed again", {{"issuer", issuer_.get()}});
  }
}

void DeliveryWorker::tell_standing(const FeedStanding& before) {
  const FeedStanding& standing = fsm_.standing();
  if (standing == before) return;
  logger_.info("feed_state_set",
               "the feed's state was set",
               {{"issuer", issuer_.get()},
                {"state", text(standing.state)},
                {"set_by", standing.set_by ? text(*standing.set_by) : std::string_view{"settings"}},
                {"by", standing.by},
                {"reason", standing.reason}});
}

void DeliveryWorker::tell_trouble(const Error& error) {
  switch (fsm_.phase()) {
    case DeliveryPhase::kPaused:
      // What somebody ordered is no alarm.
      if (fsm_.standing().state == codec::FeedStatus::kEnabled) tell_once("feed_paused", error);
      return;
    case DeliveryPhase::kDisabled:
      return tell_once("feed_disabled", disabled_because(error));
    case DeliveryPhase::kWaitingForKey:
      // Usual for a moment: entries and keys come through different topics.
      logger_.debug("feed_waits_for_key",
                    "a file's data key has not been seen yet",
                    {{"issuer", issuer_.get()}});
      return;
    default:
      return;
  }
}

Error DeliveryWorker::disabled_because(const Error& error) const {
  const FeedStanding& standing = fsm_.standing();
  if (standing.by.empty()) return error;
  return {Errc::kConflict, "disabled by " + standing.by + ": " + standing.reason};
}

/// Again only when it has changed, or after a delivery in between.
void DeliveryWorker::tell_once(std::string_view event, const Error& error) {
  const std::string text = std::string{event} + error.detail;
  if (told_ == text) return;
  told_ = text;
  logger_.alarm(event,
                "this feed stands still until that is mended; nothing is lost",
                {{"issuer", issuer_.get()}, {"code", error.code}, {"detail", error.detail}});
  // A cursor that is of no use here must not replace the saved one.
  if (!cursor_error_) env_->states.publish(state());
}

void DeliveryWorker::tell_digest() {
  const auto equal = status().digest_equal;
  if (!equal || std::exchange(digest_equal_, equal) == equal) return;
  if (*equal) return;
  env_->probe.digest_mismatch(issuer_);
  logger_.alarm("feed_digest_differs",
                "the issuer holds something else than was delivered",
                {{"issuer", issuer_.get()}, {"through", accepted_through_}});
}

}  // namespace cw::notifier
