#include "notifier/delivery_worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;
using PassOver = DeliveryAction::PassOver;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kHashChunk = 500;
// Deliveries of other feeds go before filing hashes, for so long at most.
constexpr std::chrono::milliseconds kFilingPatience{5000};
constexpr std::chrono::milliseconds kFilingPause{50};
// Entries looked through for one that can be sent, behind those that were refused.
constexpr std::size_t kProbeSlack = 64;

DeliveryFsm make_fsm(const DeliveryEnvironment& environment, FeedStanding standing) {
  const PushConfig& push = environment.config.push;
  return DeliveryFsm{{.batch_entries_max = push.batch_entries_max,
                      .backoff = {.base = push.backoff_base, .max = push.backoff_max},
                      .recheck = push.recheck,
                      .circuit_failures = push.circuit_failures,
                      .refused_in_row_max = push.refused_in_row_max,
                      .ask_first = push.verify_at_start,
                      .save_patience = push.save_interval},
                     environment.dice,
                     std::move(standing)};
}

/// How the feed stood when `saved` was written. `answered`: the issuer has newer settings.
FeedStanding standing_of(const codec::FeedState& saved, bool answered) {
  using codec::FeedSetBy;
  using codec::FeedStatus;
  // Without a name behind it a pause was trouble of ours, which is looked at anew.
  if (!saved.set_by && saved.state != FeedStatus::kDisabled) return {};
  const FeedSetBy set_by = saved.set_by.value_or(FeedSetBy::kAnswer410);
  // Settings that were given after a 410 are the answer to it.
  if (set_by == FeedSetBy::kAnswer410 && answered) return {};
  return {.state = saved.state,
          .set_by = set_by,
          .by = saved.by.value_or(""),
          .reason = saved.reason.value_or("")};
}

}  // namespace

DeliveryWorker::DeliveryWorker(asio::any_io_executor executor,
                               std::shared_ptr<const DeliveryEnvironment> environment,
                               std::shared_ptr<IssuerFeed> feed)
    : strand_(asio::make_strand(executor)),
      env_(std::move(environment)),
      feed_(std::move(feed)),
      issuer_(feed_->issuer()),
      fsm_(make_fsm(*env_, {})),
      pusher_(executor, strand_, env_->tls, env_->config.push, env_->resolver),
      timer_(strand_) {
  shown_.state = state();
}

void DeliveryWorker::start(const std::optional<codec::FeedState>& saved,
                           std::function<void()> on_end) {
  restore(saved);
  asio::co_spawn(strand_,
                 run(shared_from_this()),
                 [self = shared_from_this(), ended = std::move(on_end)](const auto& failure) {
                   if (failure) {
                     self->env_->fail({Errc::kInternal, "a delivery ended by an exception"});
                   }
                   self->on_ended();
                   ended();
                 });
}

void DeliveryWorker::restore(const std::optional<codec::FeedState>& saved) {
  if (!saved) return;
  // What somebody decided stands in another epoch too.
  const bool answered = env_->control.settings(issuer_).effective_at > saved->updated_at;
  fsm_ = make_fsm(*env_, standing_of(*saved, answered));
  if (saved->epoch != env_->config.epoch) {
    logger_.warn("feed_epoch_new",
                 "another epoch: everything is sent again",
                 {{"issuer", issuer_.get()}, {"epoch", env_->config.epoch}});
    return;
  }
  if (auto begun = feed_->begin(saved->through); !begun) {
    cursor_error_ = begun.error();
    return;
  }
  accepted_through_ = saved->accepted_through;
  applied_through_ = saved->applied_through;
  sent_through_ = saved->accepted_through;
  rewinds_ = saved->rewinds;
  shown_.issuer_digest = saved->issuer_digest;
}

void DeliveryWorker::wake(Wake what) {
  if (what == Wake::kWork && env_->on_work) env_->on_work(issuer_);
  asio::post(strand_, [self = shared_from_this(), what] {
    self->note(what);
    self->timer_.cancel();
  });
}

void DeliveryWorker::note(Wake what) {
  switch (what) {
    case Wake::kWork:
      work_ = true;
      break;
    case Wake::kSettings:
      settings_new_ = true;
      break;
    case Wake::kReload:
      reload_ = true;
      break;
  }
}

void DeliveryWorker::stop() {
  asio::post(strand_, [self = shared_from_this()] {
    self->stopping_ = true;
    self->fsm_.request_stop();
    self->timer_.cancel();
  });
}

void DeliveryWorker::cancel() {
  asio::post(strand_, [self = shared_from_this()] { self->pusher_.cancel(); });
}

// The state is in the parameter, not in a lambda's captures, which would not outlive the call.
http::Task<void> DeliveryWorker::run(std::shared_ptr<DeliveryWorker> self) {
  Event event{.kind = Kind::kStart};
  for (;;) {
    const auto action = self->next(event);
    if (action.kind == Do::kEnd) co_return;
    event = co_await self->perform(action);
  }
}

DeliveryAction DeliveryWorker::next(const Event& event) {
  const DeliveryPhase before = fsm_.phase();
  const FeedStanding standing_before = fsm_.standing();
  fsm_.set_extra_waiting(!extras_.empty());
  const DeliveryAction action = fsm_.resume(event);
  if (fsm_.disabled()) end_extras(Error{Errc::kConflict, "the feed is disabled"});
  if (fsm_.phase() == DeliveryPhase::kHeld) {
    end_extras(Error{Errc::kConflict, "the issuer has no endpoint to send to"});
  }
  next_attempt_at_.reset();
  if (fsm_.phase() == DeliveryPhase::kBackingOff && action.pause) {
    next_attempt_at_ = now() + *action.pause;
  }
  show();
  tell_standing(standing_before);
  tell(before);
  hand_out_outcomes();
  return action;
}

http::Task<DeliveryEvent> DeliveryWorker::perform(const DeliveryAction& action) {
  switch (action.kind) {
    case Do::kBuild:
      co_return co_await build(action);
    case Do::kSend:
      co_return co_await send(action);
    case Do::kMove:
      co_return put_back(action.through);
    case Do::kSave:
      co_return co_await save();
    default:
      co_return co_await wait(action);
  }
}

http::Task<DeliveryEvent> DeliveryWorker::build(const DeliveryAction& action) {
  work_ = false;
  const bool renew = std::exchange(reload_, false);
  if (std::exchange(settings_new_, false) || renew) {
    target_.reset();
    pusher_.close_idle();
  }
  Event event;
  if (action.purpose == DeliveryPurpose::kEntries) {
    event = co_await build_entries(action);
  } else {
    event = co_await build_message(action.purpose);
  }
  // Looked up anew next time: what is wrong may be mended in a file that we read.
  if (event.kind == Kind::kTrouble) target_.reset();
  co_return event;
}

http::Task<DeliveryEvent> DeliveryWorker::build_entries(const DeliveryAction& action) {
  if (action.pass_over == PassOver::kForget) passed_over_.clear();
  if (action.pass_over == PassOver::kAdd) {
    for (const DeliveredEntry& entry : batch_.entries) passed_over_.insert(entry.seq);
  }
  batch_ = {};
  auto turn = co_await this->turn();
  Event event = build_batch(action.entries_max);
  turn.reset();
  if (event.kind == Kind::kNothing) co_await hash_delivered();
  co_return event;
}

/// Null if nobody bounds us.
http::Task<std::unique_ptr<BuildGate::Turn>> DeliveryWorker::turn() {
  std::unique_ptr<BuildGate::Turn> turn;
  if (env_->gate) turn = co_await env_->gate->enter();
  co_return turn;
}

DeliveryEvent DeliveryWorker::build_batch(std::size_t entries_max) {
  if (cursor_error_) return {.kind = Kind::kTrouble, .error = *cursor_error_};
  const auto ready = prepare_target();
  if (!ready) return {.kind = Kind::kTrouble, .error = ready.error()};
  if (!ready.value()) return {.kind = Kind::kHeld};
  entries_max = std::min(entries_max, target_->batch_entries_max);
  const auto window = next_window(entries_max);
  if (window.entries.empty()) return {.kind = Kind::kNothing};
  scope_delay_.begin_batch(window.entries, env_->control);

  auto built = env_->builder.build({.issuer = issuer_,
                                    .epoch = env_->config.epoch,
                                    .after = accepted_through_,
                                    .entries_max = entries_max,
                                    .bytes_max = env_->config.push.batch_bytes_max},
                                   window,
                                   target_->key);
  if (!built) {
    const bool missing = built.error().code == Errc::kNotFound;
    return {.kind = missing ? Kind::kKeyMissing : Kind::kTrouble, .error = built.error()};
  }
  batch_ = std::move(built).value();
  if (!batch_.entries.empty()) return {.kind = Kind::kBuilt, .count = batch_.entries.size()};
  // The cursor must not move beyond entries whose fate is open.
  if (!passed_over_.empty()) return {.kind = Kind::kNothing};
  note_unsendable(batch_.through);
  feed_->advance(batch_.through, {}, unsendable_marks());
  return {.kind = Kind::kBuiltEmpty};
}

/// Pending entries without those passed over for the time being.
IssuerFeed::Window DeliveryWorker::next_window(std::size_t entries_max) {
  if (passed_over_.empty()) return feed_->next(entries_max);
  auto window = feed_->next(entries_max + passed_over_.size() + kProbeSlack);
  std::set<std::uint64_t> still_pending;
  std::erase_if(window.entries, [&](const PendingEntry& pending) {
    const bool passed = passed_over_.contains(pending.entry.seq);
    if (passed) still_pending.insert(pending.entry.seq);
    return passed;
  });
  passed_over_ = std::move(still_pending);
  return window;
}

/// False: the issuer has no endpoint.
Result<bool> DeliveryWorker::prepare_target() {
  if (target_ && target_->current_at(now())) return true;
  const auto settings = env_->control.settings(issuer_);
  if (!settings.feed || settings.feed->mode == FeedMode::kPull) return false;
  auto target = resolve_target(*settings.feed, env_->config.secrets_dir);
  if (!target) return target.error();
  target_ = std::move(target).value();
  return true;
}

/// In pieces, so that other feeds get their turn, and only while there is nothing to deliver.
http::Task<void> DeliveryWorker::hash_delivered() {
  const auto patience = Clock::now() + kFilingPatience;
  while (!work_ && !stopping_ && !fsm_.has_orders() && extras_.empty()) {
    const bool others = env_->gate && env_->gate->used_within(kFilingPause);
    if (others && Clock::now() < patience && feed_->has_notes()) {
      timer_.expires_after(kFilingPause);
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    if (feed_->file_notes()) {
      co_await asio::post(strand_, asio::use_awaitable);
      continue;
    }
    const auto entries = feed_->unhashed(kHashChunk);
    if (entries.empty()) break;
    auto turn = co_await this->turn();
    const auto hashes = env_->builder.hash(issuer_, entries);
    turn.reset();
    if (!hashes) {
      tell_once("feed_digest_unknown", hashes.error());
      break;
    }
    if (hashes.value().empty()) break;
    feed_->add_hashes(hashes.value());
    co_await asio::post(strand_, asio::use_awaitable);
  }
}

http::Task<DeliveryEvent> DeliveryWorker::send(const DeliveryAction& action) {
  // A batch made anew after a probe has its old id.
  if (action.retry || batch_.id == sent_id_) env_->probe.retry(issuer_);
  if (action.purpose == DeliveryPurpose::kEntries) sent_id_ = batch_.id;
  sent_through_ = std::max(sent_through_, batch_.through);
  const auto began = Clock::now();
  PushOutcome outcome = co_await pusher_.push(*target_, batch_);
  const std::chrono::duration<double> took = Clock::now() - began;
  env_->probe.delivery(issuer_, outcome.label, took.count());
  if (outcome.event.kind == Kind::kTrouble) target_.reset();
  co_await keep_cards(outcome);
  note_outcome(action.purpose, outcome);
  co_return std::move(outcome.event);
}

http::Task<void> DeliveryWorker::keep_cards(PushOutcome& outcome) {
  if (outcome.event.kind != Kind::kAccepted || outcome.answer.cards.empty()) co_return;
  if (!env_->on_cards) co_return;
  auto kept = co_await env_->on_cards(feed_, outcome.answer.cards);
  if (!kept) outcome.event = {.kind = Kind::kFailed, .error = std::move(kept).error()};
}

http::Task<DeliveryEvent> DeliveryWorker::save() {
  // A cursor that is of no use here must not replace the saved one.
  if (cursor_error_) co_return Event{.kind = Kind::kSaveFailed, .error = *cursor_error_};
  auto saved = co_await env_->states.save(state());
  if (!saved) co_return Event{.kind = Kind::kSaveFailed, .error = std::move(saved).error()};
  saved_at_ = Clock::now();
  co_return Event{.kind = Kind::kSaved};
}

http::Task<DeliveryEvent> DeliveryWorker::wait(DeliveryAction action) {
  const auto until = action.pause ? Clock::now() + *action.pause : Clock::time_point::max();
  for (;;) {
    if (auto event = interruption(action, until)) co_return *event;
    if (Clock::now() >= until) co_return Event{.kind = Kind::kTimer};
    timer_.expires_at(until);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<DeliveryEvent> DeliveryWorker::interruption(const DeliveryAction& action,
                                                          Clock::time_point until) const {
  if (stopping_) return Event{.kind = Kind::kWork};
  // Left set: build() forgets the target because of it.
  if (action.wakes_on_settings && settings_new_) return Event{.kind = Kind::kSettings};
  if (action.wakes_on_order && fsm_.has_orders()) {
    Event event{.kind = Kind::kOrder};
    if (action.pause) {
      event.remaining = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    }
    return event;
  }
  if (reload_ && fsm_.phase() == DeliveryPhase::kPaused && action.pause) {
    return Event{.kind = Kind::kTimer};
  }
  if (action.wakes_on_work && (work_ || !extras_.empty())) return Event{.kind = Kind::kWork};
  return std::nullopt;
}

}  // namespace cw::notifier
