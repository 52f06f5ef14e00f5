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
// Entries looked through for one that can be sent, behind those that were refused.
constexpr std::size_t kProbeSlack = 64;

DeliveryFsm make_fsm(const DeliveryEnvironment& environment, bool disabled) {
  const PushConfig& push = environment.config.push;
  return DeliveryFsm{{.batch_entries_max = push.batch_entries_max,
                      .backoff = {.base = push.backoff_base, .max = push.backoff_max},
                      .recheck = push.recheck,
                      .circuit_failures = push.circuit_failures,
                      .refused_in_row_max = push.refused_in_row_max},
                     environment.dice,
                     disabled};
}

}  // namespace

DeliveryWorker::DeliveryWorker(asio::any_io_executor executor,
                               std::shared_ptr<const DeliveryEnvironment> environment,
                               std::shared_ptr<IssuerFeed> feed)
    : strand_(asio::make_strand(executor)),
      env_(std::move(environment)),
      feed_(std::move(feed)),
      issuer_(feed_->issuer()),
      fsm_(make_fsm(*env_, /*disabled=*/false)),
      pusher_(executor, strand_, env_->tls, env_->config.push),
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
                   ended();
                 });
}

void DeliveryWorker::restore(const std::optional<codec::FeedState>& saved) {
  if (!saved || saved->epoch != env_->config.epoch) {
    if (saved)
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
  shown_.issuer_digest = saved->issuer_digest;
  // Settings that were given after the 410 are the answer to it.
  const bool answered = env_->control.settings(issuer_).effective_at > saved->updated_at;
  fsm_ = make_fsm(*env_, saved->state == codec::FeedStatus::kDisabled && !answered);
}

void DeliveryWorker::wake(Wake what) {
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
  const bool circuit_before = fsm_.circuit_open();
  const DeliveryAction action = fsm_.resume(event);
  show();
  tell(before, circuit_before);
  return action;
}

http::Task<DeliveryEvent> DeliveryWorker::perform(const DeliveryAction& action) {
  switch (action.kind) {
    case Do::kBuild:
      co_return co_await build(action);
    case Do::kSend:
      co_return co_await send(action.retry);
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
  if (action.pass_over == PassOver::kForget) passed_over_.clear();
  if (action.pass_over == PassOver::kAdd) {
    for (const DeliveredEntry& entry : batch_.entries) passed_over_.insert(entry.seq);
  }
  batch_ = {};
  Event event = build_batch(action.entries_max);
  if (event.kind == Kind::kNothing) co_await hash_delivered();
  // Looked up anew next time: what is wrong may be mended in a file that we read.
  if (event.kind == Kind::kTrouble) target_.reset();
  co_return event;
}

DeliveryEvent DeliveryWorker::build_batch(std::size_t entries_max) {
  if (cursor_error_) return {.kind = Kind::kTrouble, .error = *cursor_error_};
  const auto ready = prepare_target();
  if (!ready) return {.kind = Kind::kTrouble, .error = ready.error()};
  if (!ready.value()) return {.kind = Kind::kHeld};
  entries_max = std::min(entries_max, target_->batch_entries_max);
  const auto window = next_window(entries_max);
  if (window.entries.empty()) return {.kind = Kind::kNothing};

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
  feed_->advance(batch_.through, {});
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
  if (target_) return true;
  const auto settings = env_->control.settings(issuer_);
  if (!settings.feed) return false;
  auto target = resolve_target(*settings.feed, env_->config.secrets_dir);
  if (!target) return target.error();
  target_ = std::move(target).value();
  return true;
}

/// In pieces, so that other feeds get their turn, and only while there is nothing to deliver.
http::Task<void> DeliveryWorker::hash_delivered() {
  while (!work_ && !stopping_) {
    const auto entries = feed_->unhashed(kHashChunk);
    if (entries.empty()) break;
    const auto hashes = env_->builder.hash(issuer_, entries);
    if (!hashes) {
      tell_once("feed_digest_unknown", hashes.error());
      break;
    }
    if (hashes.value().empty()) break;
    feed_->add_hashes(hashes.value());
    co_await asio::post(strand_, asio::use_awaitable);
  }
}

http::Task<DeliveryEvent> DeliveryWorker::send(bool retry) {
  if (retry) env_->probe.retry(issuer_);
  const auto began = Clock::now();
  PushOutcome outcome = co_await pusher_.push(*target_, batch_);
  const std::chrono::duration<double> took = Clock::now() - began;
  env_->probe.delivery(issuer_, outcome.label, took.count());
  if (outcome.event.kind == Kind::kAccepted) note_accepted(outcome);
  if (outcome.event.kind == Kind::kTrouble) target_.reset();
  co_return std::move(outcome.event);
}

void DeliveryWorker::note_accepted(const PushOutcome& outcome) {
  std::set<std::uint64_t> rejected;
  for (const auto& rejection : outcome.answer.rejected) rejected.insert(rejection.seq);
  std::vector<DeliveredEntry> delivered;
  std::size_t refused = 0;
  for (const DeliveredEntry& entry : batch_.entries) {
    if (entry.seq > outcome.through) continue;
    if (rejected.contains(entry.seq)) {
      ++refused;
    } else {
      delivered.push_back(entry);
    }
  }
  feed_->advance(outcome.through, delivered);
  told_.reset();
  accepted_through_ = outcome.through;
  applied_through_ = std::max(applied_through_, outcome.answer.applied_through);
  for (const std::uint64_t seq : passed_over_) note_set_aside(seq, name(Errc::kRemoteRefused));
  passed_over_.clear();
  note_unsendable(outcome.through);
  env_->probe.delivered(issuer_, delivered.size());
  if (refused > 0) env_->probe.rejected(issuer_, refused);
  const std::lock_guard lock{mutex_};
  shown_.issuer_digest = outcome.answer.digest;
  shown_.rejected += refused;
}

void DeliveryWorker::note_unsendable(std::uint64_t through) {
  for (const UnsendableEntry& entry : batch_.unsendable) {
    if (entry.seq <= through) note_set_aside(entry.seq, name(entry.error.code));
  }
}

void DeliveryWorker::note_set_aside(std::uint64_t seq, std::string_view code) {
  env_->probe.set_aside(issuer_);
  logger_.warn_throttled(set_aside_lines_,
                         "entry_set_aside",
                         "an entry was given up; the feed goes on",
                         {{"issuer", issuer_.get()}, {"seq", seq}, {"code", code}});
  const std::lock_guard lock{mutex_};
  ++shown_.set_aside;
  shown_.set_aside_newest.push_back({seq, std::string{code}});
  if (shown_.set_aside_newest.size() > DeliveryStatus::kSetAsideListedMax) {
    shown_.set_aside_newest.pop_front();
  }
}

http::Task<DeliveryEvent> DeliveryWorker::save() {
  auto saved = co_await env_->states.save(state());
  if (!saved) co_return Event{.kind = Kind::kSaveFailed, .error = std::move(saved).error()};
  co_return Event{.kind = Kind::kSaved};
}

http::Task<DeliveryEvent> DeliveryWorker::wait(DeliveryAction action) {
  const auto until = action.pause ? Clock::now() + *action.pause : Clock::time_point::max();
  for (;;) {
    if (auto event = interruption(action)) co_return *event;
    if (Clock::now() >= until) co_return Event{.kind = Kind::kTimer};
    timer_.expires_at(until);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<DeliveryEvent> DeliveryWorker::interruption(const DeliveryAction& action) {
  if (stopping_) return Event{.kind = Kind::kWork};
  // Left set: build() forgets the target because of it.
  if (action.wakes_on_settings && settings_new_) return Event{.kind = Kind::kSettings};
  if (reload_ && fsm_.phase() == DeliveryPhase::kPaused) return Event{.kind = Kind::kTimer};
  if (action.wakes_on_work && work_) return Event{.kind = Kind::kWork};
  return std::nullopt;
}

}  // namespace cw::notifier
