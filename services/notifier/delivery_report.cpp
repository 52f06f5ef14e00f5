// What a DeliveryWorker shows and tells of itself.
#include "lib/base/time.hpp"
#include "notifier/delivery_worker.hpp"

#include <utility>

namespace cw::notifier {

FeedStatus DeliveryWorker::status() const {
  const auto figures = feed_->figures();
  const std::lock_guard lock{mutex_};
  return feed_status(shown_, figures, now());
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
  if (fsm_.disabled()) {
    state.state = codec::FeedStatus::kDisabled;
  } else if (fsm_.phase() == DeliveryPhase::kPaused) {
    state.state = codec::FeedStatus::kPaused;
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
    shown_.state = state();
  }
  tell_digest();
}

void DeliveryWorker::tell(DeliveryPhase before, bool circuit_before) {
  const DeliveryPhase phase = fsm_.phase();
  const Error error = fsm_.last_error().value_or(Error{});
  const telemetry::Logger::Fields fields = {{"issuer", issuer_.get()},
                                            {"code", error.code},
                                            {"detail", error.detail},
                                            {"failures", fsm_.failures()}};
  if (phase == DeliveryPhase::kBackingOff) {
    logger_.warn_throttled(failure_lines_, "delivery_failed", "a delivery failed", fields);
  }
  if (fsm_.circuit_open() != circuit_before) {
    if (circuit_before) {
      logger_.info("feed_circuit_closed", "deliveries succeed again", {{"issuer", issuer_.get()}});
    } else {
      logger_.alarm(
          "feed_circuit_open", "deliveries to the issuer fail; they go on being tried", fields);
      if (!cursor_error_) env_->states.publish(state());
    }
  }
  if (phase != before) tell_trouble(error);
}

void DeliveryWorker::tell_trouble(const Error& error) {
  switch (fsm_.phase()) {
    case DeliveryPhase::kPaused:
      return tell_once("feed_paused", error);
    case DeliveryPhase::kDisabled:
      return tell_once("feed_disabled", error);
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
