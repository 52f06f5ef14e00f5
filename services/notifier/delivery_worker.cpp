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

DeliveryFsm make_fsm(const DeliveryEnvironment& environment, FeedStanding standing) {
  const PushConfig& push = environment.config.push;
  return DeliveryFsm{{.batch_entries_max = push.batch_entries_max,
                      .backoff = {.base = push.backoff_base, .max = push.backoff_max},
                      .recheck = push.recheck,
                      .circuit_failures = push.circuit_failures,
                      .refused_in_row_max = push.refused_in_row_max,
                      .ask_first = push.verify_at_start},
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
  while (!work_ && !stopping_ && !fsm_.has_orders()) {
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

void DeliveryWorker::note_outcome(DeliveryPurpose purpose, PushOutcome& outcome) {
  const bool accepted = outcome.event.kind == Kind::kAccepted;
  if (outcome.event.kind == Kind::kGap) judge_gap(outcome);
  if (purpose == DeliveryPurpose::kEntries) {
    if (accepted) note_accepted(outcome);
    return;
  }
  if (accepted) {
    told_.reset();
    if (purpose == DeliveryPurpose::kProbe && !fsm_.asked()) {
      outcome.event.moved = catch_up(outcome.answer);
    }
    // A repair has changed what it holds.
    const std::lock_guard lock{mutex_};
    if (outcome.answer.digest) shown_.issuer_digest = outcome.answer.digest;
  }
  const bool answered =
      accepted || outcome.event.kind == Kind::kRefused || outcome.event.kind == Kind::kGap;
  if (purpose == DeliveryPurpose::kExtra && answered) extras_.front()->answered(outcome);
}

/// What an earlier process sent and did not live to save is not sent again, in other batches.
/// True if the cursor has moved.
bool DeliveryWorker::catch_up(const codec::FeedAnswer& answer) {
  const std::uint64_t told = answer.accepted_through;
  // Without an epoch it is ours if the issuer has accepted something of ours before.
  const bool ours = answer.epoch ? *answer.epoch == env_->config.epoch : accepted_through_ > 0;
  if (!ours || told <= accepted_through_) return false;
  sent_through_ = std::max(sent_through_, std::min(told, feed_->figures().newest));
  note_never_sent(told);
  if (told > sent_through_ || !feed_->accept(told)) return false;
  logger_.info("feed_caught_up",
               "the issuer has more than was saved here; delivery goes on behind it",
               {{"issuer", issuer_.get()}, {"from", accepted_through_}, {"to", told}});
  accepted_through_ = told;
  note_applied(answer.applied_through);
  return true;
}

void DeliveryWorker::note_accepted(PushOutcome& outcome) {
  std::set<std::uint64_t> rejected;
  std::vector<SetAsideMark> codes;
  for (const auto& rejection : outcome.answer.rejected) {
    rejected.insert(rejection.seq);
    codes.push_back({rejection.seq, rejection.code});
  }
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
  for (SetAsideMark& mark : unsendable_marks()) codes.push_back(std::move(mark));
  feed_->advance(outcome.through, delivered, codes);
  outcome.event.save_later =
      outcome.told_through > 0 && Clock::now() - saved_at_ < env_->config.push.save_interval;
  told_.reset();
  accepted_through_ = outcome.through;
  note_never_sent(outcome.told_through);
  for (const double delay : scope_delay_.accepted(outcome.through, now())) {
    env_->probe.scope_accepted(issuer_, delay);
  }
  note_applied(outcome.answer.applied_through);
  for (const std::uint64_t seq : passed_over_) note_set_aside(seq, name(Errc::kRemoteRefused));
  passed_over_.clear();
  note_unsendable(outcome.through);
  env_->probe.delivered(issuer_, delivered.size());
  if (refused > 0) env_->probe.rejected(issuer_, refused);
  const std::lock_guard lock{mutex_};
  shown_.issuer_digest = outcome.answer.digest;
  shown_.rejected += refused;
}

void DeliveryWorker::note_applied(std::uint64_t applied_through) {
  applied_through_ = std::max(applied_through_, std::min(applied_through, accepted_through_));
  for (const double delay : scope_delay_.applied(applied_through_, now())) {
    env_->probe.scope_applied(issuer_, delay);
  }
}

std::vector<SetAsideMark> DeliveryWorker::unsendable_marks() const {
  std::vector<SetAsideMark> marks;
  for (const UnsendableEntry& entry : batch_.unsendable) {
    marks.push_back({entry.seq, std::string{name(entry.error.code)}});
  }
  return marks;
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

/// A receiver that stands behind us is believed, now and then: it may have been restored from a
/// backup. One that tells it all the time gets pauses like any that fails.
void DeliveryWorker::judge_gap(PushOutcome& outcome) const {
  const std::uint32_t epoch = env_->config.epoch;
  const GapAnswer gap = outcome.gap.value_or(GapAnswer{});
  const std::uint64_t there = gap.epoch == epoch ? gap.accepted_through : 0;
  const bool due = !rewound_at_ || Clock::now() - *rewound_at_ >= env_->config.push.recheck;
  outcome.event.through = there;
  outcome.event.may_rewind = due && gap.epoch <= epoch && there < accepted_through_;
}

DeliveryEvent DeliveryWorker::put_back(std::uint64_t through) {
  if (through > accepted_through_) {
    return {.kind = Kind::kMoveFailed,
            .error = {Errc::kConflict,
                      "seq " + std::to_string(through) + " is beyond the cursor, " +
                          std::to_string(accepted_through_)}};
  }
  if (auto moved = feed_->rewind(through); !moved) {
    return {.kind = Kind::kMoveFailed, .error = std::move(moved).error()};
  }
  logger_.alarm("feed_rewound",
                "the cursor was put back; entries are sent again",
                {{"issuer", issuer_.get()}, {"from", accepted_through_}, {"to", through}});
  env_->probe.rewind(issuer_);
  accepted_through_ = through;
  applied_through_ = std::min(applied_through_, through);
  passed_over_.clear();
  ++rewinds_;
  rewound_at_ = Clock::now();
  return {.kind = Kind::kMoved};
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
