#include "lib/kafka/transaction_loop.hpp"

#include "lib/kafka/disposition.hpp"
#include "lib/kafka/loop_engine.hpp"

#include <algorithm>

namespace cw::kafka {
namespace {

constexpr std::chrono::milliseconds kCallWait{5'000};
constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kRoomWait{10};
constexpr std::chrono::milliseconds kLagEvery{500};
// More than the consumer's heartbeat interval, in which a twin would show.
constexpr std::chrono::milliseconds kVerdictWait{4'000};

TxnEvent event_of(const Status& status) {
  if (status) return TxnEvent::kOk;
  const auto code = status.error().code;
  if (code == Errc::kFenced) return TxnEvent::kFenced;
  if (code == Errc::kTransactionIndefinite) return TxnEvent::kIndefinite;
  switch (disposition(code)) {
    case Disposition::kRetry:
      return TxnEvent::kRetriable;
    case Disposition::kReject:
    case Disposition::kAbort:
      return TxnEvent::kAbortable;
    case Disposition::kFatal:
      break;
  }
  return TxnEvent::kFatal;
}

}  // namespace

Status TransactionLoop::Impl::run() {
  touch();
  auto status = join_group();
  if (status) status = work();
  set_state(status ? LoopState::kStopped : LoopState::kFailed);
  // What is left of a batch goes with the transaction that a successor aborts.
  batch_.clear();
  producer_.reset();
  consumer_.reset();
  return status;
}

bool TransactionLoop::Impl::may_stop(TxnAction action) noexcept {
  switch (action) {
    case TxnAction::kInit:
    case TxnAction::kReconcile:
    case TxnAction::kRestore:
    case TxnAction::kPoll:
    case TxnAction::kRecreate:
      return true;
    default:
      return false;  // A transaction is open: end it first.
  }
}

Status TransactionLoop::Impl::work() {
  while (fsm_.action() != TxnAction::kStop) {
    if (stopping_ && may_stop(fsm_.action())) return Ok{};
    touch();
    // What is committed already must be applied, whatever happened since.
    const auto status = fsm_.action() == TxnAction::kApply ? Status{Ok{}} : check_awake();
    const auto event = status ? perform(fsm_.action()) : note(status);
    if (event == TxnEvent::kRetriable) pause(kPause);
    fsm_.resume(event);
  }
  auto detail = last_error_ ? std::string{"stopped"} : last_error_.error().detail;
  const bool gone = !last_error_ && last_error_.error().code == Errc::kNotFound;
  return Error{gone ? Errc::kNotFound : fsm_.stop_reason(), std::move(detail)};
}

TxnEvent TransactionLoop::Impl::perform(TxnAction action) {
  switch (action) {
    case TxnAction::kInit:
      return init();
    case TxnAction::kReconcile:
      return reconcile();
    case TxnAction::kRestore:
      return restore();
    case TxnAction::kPoll:
      return poll();
    case TxnAction::kBegin:
      return begin();
    case TxnAction::kProcess:
      return process();
    case TxnAction::kSendOffsets:
      return send_offsets();
    case TxnAction::kCommit:
      return commit();
    case TxnAction::kApply:
      return apply();
    case TxnAction::kAbort:
      return note_producer(producer_->abort());
    case TxnAction::kRewind:
      return rewind();
    case TxnAction::kRecreate:
      return recreate();
    case TxnAction::kStop:
      break;
  }
  return TxnEvent::kFatal;
}

TxnEvent TransactionLoop::Impl::note(const Status& status) {
  if (!status) {
    last_error_ = status;
    tell(std::string{cw::name(status.error().code)} + ": " + status.error().detail);
  }
  return event_of(status);
}

// A coordinator that gave our transaction up for its age fences us just as a twin would. Only a
// twin can do so before that age; after it, recreate() asks the group.
TxnEvent TransactionLoop::Impl::note_producer(const Status& status) {
  const auto event = note(status);
  if (event != TxnEvent::kFenced || begun_at_ == Clock::time_point{}) return event;
  if (Clock::now() < begun_at_ + options_.transaction_timeout) return event;
  fenced_by_age_ = true;
  return TxnEvent::kFatal;
}

// Suspended for so long, this process has been replaced, or should be by a fresh one. Asked before
// each action; so a batch that was in hand is never committed.
Status TransactionLoop::Impl::check_awake() {
  if (!watch_.stood_still()) return Ok{};
  return Error{Errc::kFenced, "the process stood still beyond its session"};
}

TxnEvent TransactionLoop::Impl::begin() {
  begun_at_ = Clock::now();
  return note_producer(producer_->begin());
}

TxnEvent TransactionLoop::Impl::init() {
  if (!producer_) {
    const auto event = recreate();
    if (event != TxnEvent::kOk) return event;
  }
  return note_producer(producer_->init(kCallWait));
}

TxnEvent TransactionLoop::Impl::recreate() {
  if (producer_) {
    const std::lock_guard lock{mutex_};
    ++snapshot_.recreations;
  }
  begun_at_ = {};
  if (std::exchange(fenced_by_age_, false)) {
    pause(kVerdictWait);
    if (auto status = consumer_->check_membership(); !status) {
      const auto event = rejoin_or_stop(status);
      if (event != TxnEvent::kRebalanced) return event;
    }
  }
  // First the old one, whole: two producers under one id would fence each other.
  producer_.reset();
  TxnClientOptions options;
  options.transactional_id = options_.group_id + "-" + options_.instance_id;
  options.transaction_timeout = options_.transaction_timeout;
  options.records_max = options_.output_records_max;
  options.output_topics = options_.output_topics;
  auto made = TxnClient::create(options_.client, options);
  if (!made) return note(std::move(made).error());
  producer_ = std::move(made).value();
  return TxnEvent::kOk;
}

TxnEvent TransactionLoop::Impl::poll() {
  if (!refusal_) return poll_held();
  auto fetched = fetch();
  if (consumer_->take_rebalanced()) return TxnEvent::kRebalanced;
  if (!fetched) return rejoin_or_stop(std::move(fetched).error());
  refresh_lag();
  batch_ = std::move(fetched).value();
  fill_batch();
  return views_.empty() ? TxnEvent::kNothing : TxnEvent::kOk;
}

void TransactionLoop::Impl::fill_batch() {
  views_.clear();
  topics_.forget();
  report_ = {};
  for (const auto* message : batch_.messages()) {
    const auto topic = topics_.index_of(message->rkt);
    if (!topic) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ledger_.note_end(*topic, message->partition, message->offset);
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (!ledger_.take(*topic, message->partition, message->offset)) continue;
    views_.push_back(topics_.view(*message, *topic));
    report_.newest_timestamp_ms = std::max(report_.newest_timestamp_ms, views_.back().timestamp_ms);
  }
  report_.records_in = views_.size();
}

TxnEvent TransactionLoop::Impl::process() {
  phase_start_ = Clock::now();
  auto status = step_.process(views_, *this);
  const auto event = note_producer(status);
  report_.process_time = Clock::now() - phase_start_;
  if (!status && status.error().code == Errc::kLimitReached) refusal_ = std::move(status);
  // The step has gone through the batch: it must not do so twice in one transaction.
  return event == TxnEvent::kRetriable ? TxnEvent::kAbortable : event;
}

Status TransactionLoop::Impl::put(TopicIndex topic,
                                  std::int32_t partition,
                                  std::string_view key,
                                  std::string_view value) {
  auto status = producer_->produce(topic, partition, key, value);
  const auto deadline = phase_start_ + options_.transaction_timeout;
  while (!status && status.error().code == Errc::kQueueFull && Clock::now() < deadline) {
    touch();
    producer_->wait_for_room(kRoomWait);
    status = producer_->produce(topic, partition, key, value);
  }
  if (status) ++report_.records_out;
  return status;
}

TxnEvent TransactionLoop::Impl::send_offsets() {
  phase_start_ = Clock::now();
  const auto offsets = to_partition_list(ledger_.batch_end());
  return note_producer(producer_->send_offsets(*offsets, consumer_->client(), kCallWait * 2));
}

TxnEvent TransactionLoop::Impl::commit() {
  const auto event = note_producer(producer_->commit());
  report_.commit_time = Clock::now() - phase_start_;
  if (event == TxnEvent::kIndefinite) report(TransactionOutcome::kIndefinite);
  return event;
}

TxnEvent TransactionLoop::Impl::apply() {
  const auto end = ledger_.batch_end();
  ledger_.commit();
  step_.committed(end);
  consumer_->sound();
  rejoins_ = 0;
  batch_.clear();
  report(TransactionOutcome::kCommitted);
  return TxnEvent::kOk;
}

TxnEvent TransactionLoop::Impl::rewind() {
  step_.aborted();
  ledger_.rollback();
  batch_.clear();
  report(TransactionOutcome::kAborted);
  if (!refusal_) return hold();
  // A transaction that cannot commit because of a rebalance would otherwise spin until poll()
  // hears of it; and a broker that refuses outputs is not helped by haste.
  pause(kPause);
  return note(consumer_->read_from(ledger_.positions()));
}

void TransactionLoop::Impl::report(TransactionOutcome outcome) {
  report_.outcome = outcome;
  if (options_.on_transaction) options_.on_transaction(report_);
}

void TransactionLoop::Impl::tell(const std::string& event) {
  if (options_.on_event) options_.on_event(event);
}

void TransactionLoop::Impl::set_state(LoopState state) {
  const std::lock_guard lock{mutex_};
  snapshot_.state = state;
}

void TransactionLoop::Impl::touch() {
  const std::lock_guard lock{mutex_};
  snapshot_.last_progress = Clock::now();
}

void TransactionLoop::Impl::refresh_lag() {
  if (Clock::now() < lag_due_) return;
  lag_due_ = Clock::now() + kLagEvery;
  const auto lag = consumer_->lag(ledger_.reached());
  const std::lock_guard lock{mutex_};
  snapshot_.lag = lag;
}

void TransactionLoop::Impl::pause(std::chrono::milliseconds wait) {
  std::unique_lock lock{mutex_};
  stop_signal_.wait_for(lock, wait, [this] { return stopping_.load(); });
}

void TransactionLoop::Impl::request_stop() noexcept {
  stopping_ = true;
  stop_signal_.notify_all();
}

LoopSnapshot TransactionLoop::Impl::snapshot() const {
  const std::lock_guard lock{mutex_};
  return snapshot_;
}

TransactionLoop::TransactionLoop(TransactionLoopOptions options, TransactionStep& step)
    : impl_(std::make_unique<Impl>(std::move(options), step)) {}
TransactionLoop::~TransactionLoop() = default;

Status TransactionLoop::run() {
  return impl_->run();
}
void TransactionLoop::request_stop() noexcept {
  impl_->request_stop();
}
LoopSnapshot TransactionLoop::snapshot() const {
  return impl_->snapshot();
}

}  // namespace cw::kafka
