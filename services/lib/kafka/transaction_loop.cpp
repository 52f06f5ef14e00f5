#include "lib/kafka/transaction_loop.hpp"

#include "lib/base/assert.hpp"
#include "lib/kafka/disposition.hpp"
#include "lib/kafka/group_consumer.hpp"
#include "lib/kafka/partition_ledger.hpp"
#include "lib/kafka/txn_client.hpp"
#include "lib/kafka/txn_fsm.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace cw::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kCallWait{5'000};
constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kRoomWait{10};
constexpr std::chrono::milliseconds kIdleWait{100};
constexpr std::chrono::milliseconds kLagEvery{500};

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

class TransactionLoop::Impl : private OutputSink {
 public:
  Impl(TransactionLoopOptions options, TransactionStep& step)
      : options_(std::move(options)), step_(step) {}

  Status run();
  void request_stop() noexcept;
  [[nodiscard]] LoopSnapshot snapshot() const;

 private:
  [[nodiscard]] Status put(std::string_view topic,
                           std::int32_t partition,
                           std::string_view key,
                           std::string_view value) override;

  [[nodiscard]] Status join_group();
  [[nodiscard]] Status check_topics();
  [[nodiscard]] Status work();
  [[nodiscard]] TxnEvent perform(TxnAction action);
  [[nodiscard]] TxnEvent init();
  [[nodiscard]] TxnEvent reconcile();
  [[nodiscard]] Status settle();
  [[nodiscard]] Status take_assignment();
  [[nodiscard]] TxnEvent restore();
  [[nodiscard]] TxnEvent finish_restore();
  [[nodiscard]] TxnEvent poll();
  [[nodiscard]] TxnEvent process();
  [[nodiscard]] TxnEvent send_offsets();
  [[nodiscard]] TxnEvent commit();
  [[nodiscard]] TxnEvent apply();
  [[nodiscard]] TxnEvent rewind();
  [[nodiscard]] TxnEvent recreate();
  [[nodiscard]] Result<MessageBatch> fetch(std::chrono::milliseconds wait);
  [[nodiscard]] TxnEvent note(const Status& status);

  void report(TransactionOutcome outcome);
  void tell(const std::string& event);
  void set_state(LoopState state);
  void touch();
  void refresh_lag();
  void pause();
  [[nodiscard]] static bool may_stop(TxnAction action) noexcept;

  TransactionLoopOptions options_;
  TransactionStep& step_;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<TxnClient> producer_;
  TxnFsm fsm_;
  PartitionLedger ledger_;
  MessageBatch batch_;
  std::vector<RecordView> views_;
  TransactionReport report_;
  Clock::time_point phase_start_{};
  Clock::time_point lag_due_{};
  Status last_error_ = Ok{};

  mutable std::mutex mutex_;  // Guards snapshot_ and the waits.
  std::condition_variable stop_signal_;
  LoopSnapshot snapshot_;
  std::atomic<bool> stopping_{false};
};

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

Status TransactionLoop::Impl::join_group() {
  GroupConsumerOptions group{options_.group_id,
                             options_.instance_id,
                             options_.session_timeout,
                             options_.prefetch_kilobytes};
  auto made = GroupConsumer::create(options_.client, group);
  if (!made) return std::move(made).error();
  consumer_ = std::move(made).value();
  // A member that subscribes to a topic before it exists learns of it only minutes later.
  for (;;) {
    auto status = check_topics();
    if (status) break;
    if (disposition(status.error().code) != Disposition::kRetry) return status;
    if (stopping_) return Ok{};
    tell("waiting: " + status.error().detail);
    pause();
  }
  return consumer_->subscribe(options_.topics);
}

Status TransactionLoop::Impl::check_topics() {
  std::optional<std::int32_t> expected;
  for (const auto& topic : options_.topics) {
    auto count = consumer_->partition_count(topic, kCallWait);
    touch();
    if (!count) return std::move(count).error();
    if (count.value() != expected.value_or(count.value())) {
      return Error{
          Errc::kConfigValue,
          "topic " + topic + " has another number of partitions than " + options_.topics.front()};
    }
    expected = count.value();
  }
  return Ok{};
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
    const auto event = perform(fsm_.action());
    if (event == TxnEvent::kRetriable) pause();
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
      return note(producer_->begin());
    case TxnAction::kProcess:
      return process();
    case TxnAction::kSendOffsets:
      return send_offsets();
    case TxnAction::kCommit:
      return commit();
    case TxnAction::kApply:
      return apply();
    case TxnAction::kAbort:
      return note(producer_->abort());
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

TxnEvent TransactionLoop::Impl::init() {
  if (!producer_) {
    const auto event = recreate();
    if (event != TxnEvent::kOk) return event;
  }
  return note(producer_->init(kCallWait));
}

TxnEvent TransactionLoop::Impl::recreate() {
  if (producer_) {
    const std::lock_guard lock{mutex_};
    ++snapshot_.recreations;
  }
  // First the old one, whole: two producers under one id would fence each other.
  producer_.reset();
  TxnClientOptions options;
  options.transactional_id = options_.group_id + "-" + options_.instance_id;
  options.transaction_timeout = options_.transaction_timeout;
  options.records_max = options_.output_records_max;
  options.warm_topics = options_.output_topics;
  auto made = TxnClient::create(options_.client, options);
  if (!made) return note(std::move(made).error());
  producer_ = std::move(made).value();
  return TxnEvent::kOk;
}

TxnEvent TransactionLoop::Impl::reconcile() {
  // Whatever changed until now is looked at below.
  static_cast<void>(consumer_->take_rebalanced());
  if (auto status = settle(); !status) return note(status);
  if (!consumer_->has_assignment()) {
    set_state(LoopState::kStarting);
    return TxnEvent::kOk;
  }
  return note(take_assignment());
}

// Decides on a batch whose transaction ended in doubt. The producer has been initialised since,
// so what was open is aborted and the committed offsets are final.
Status TransactionLoop::Impl::settle() {
  if (!ledger_.batch_in_hand()) return Ok{};
  std::vector<TopicPartition> partitions;
  for (const auto& position : ledger_.batch_end()) partitions.push_back(position.where);
  auto committed = consumer_->committed(partitions, kCallWait);
  if (!committed) return std::move(committed).error();
  const bool happened = ledger_.was_committed(committed.value());
  tell(happened ? "doubtful transaction: it was committed" : "doubtful transaction: it was not");
  if (happened) {
    ledger_.commit();
    step_.committed();
  } else {
    ledger_.rollback();
    step_.aborted();
  }
  batch_.clear();
  return Ok{};
}

Status TransactionLoop::Impl::take_assignment() {
  auto committed = consumer_->committed(consumer_->assignment(), kCallWait);
  if (!committed) return std::move(committed).error();
  const auto change = ledger_.assign(committed.value());
  for (const auto partition : change.closed) step_.closed(partition);
  for (const auto partition : change.opened) step_.opened(partition);
  for (const auto partition : change.restored) step_.restored(partition);
  {
    const std::lock_guard lock{mutex_};
    ++snapshot_.rebalances;
    snapshot_.partitions = ledger_.partitions();
    snapshot_.restore_remaining = ledger_.remaining();
  }
  tell("assigned " + std::to_string(ledger_.partitions().size()) + " partitions, " +
       std::to_string(ledger_.remaining()) + " records to restore");
  if (change.restore.empty()) return Ok{};
  set_state(LoopState::kRestoring);
  return consumer_->read_from(change.restore);
}

Result<MessageBatch> TransactionLoop::Impl::fetch(std::chrono::milliseconds wait) {
  return consumer_->poll(options_.batch_records_max, wait);
}

TxnEvent TransactionLoop::Impl::restore() {
  if (!ledger_.restoring()) return finish_restore();
  auto fetched = fetch(kIdleWait);
  if (consumer_->take_rebalanced()) return TxnEvent::kRebalanced;
  if (!fetched) return note(std::move(fetched).error());
  views_.clear();
  for (const auto* message : fetched.value().messages()) {
    if (message->rkt == nullptr) continue;
    const auto* topic = rd_kafka_topic_name(message->rkt);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ledger_.take_end(topic, message->partition, message->offset);
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
               ledger_.take_restored(topic, message->partition, message->offset)) {
      views_.push_back(to_view(*message));
    }
  }
  if (!views_.empty()) step_.restore(views_);
  for (const auto partition : ledger_.newly_restored()) step_.restored(partition);
  const std::lock_guard lock{mutex_};
  snapshot_.restore_remaining = ledger_.remaining();
  return TxnEvent::kNothing;
}

TxnEvent TransactionLoop::Impl::finish_restore() {
  if (!consumer_->has_assignment()) return TxnEvent::kOk;
  const auto positions = ledger_.positions();
  set_state(positions.empty() ? LoopState::kIdle : LoopState::kRunning);
  return note(consumer_->read_from(positions));
}

TxnEvent TransactionLoop::Impl::poll() {
  const bool idle = !consumer_->has_assignment() || ledger_.partitions().empty();
  auto fetched = fetch(idle ? kIdleWait : options_.batch_wait);
  if (consumer_->take_rebalanced()) return TxnEvent::kRebalanced;
  if (!fetched) return note(std::move(fetched).error());
  refresh_lag();
  batch_ = std::move(fetched).value();
  views_.clear();
  report_ = {};
  for (const auto* message : batch_.messages()) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const auto view = to_view(*message);
    if (!ledger_.take(view.topic, view.partition, view.offset)) continue;
    report_.newest_timestamp_ms = std::max(report_.newest_timestamp_ms, view.timestamp_ms);
    views_.push_back(view);
  }
  report_.records_in = views_.size();
  return views_.empty() ? TxnEvent::kNothing : TxnEvent::kOk;
}

TxnEvent TransactionLoop::Impl::process() {
  phase_start_ = Clock::now();
  const auto event = note(step_.process(views_, *this));
  report_.process_time = Clock::now() - phase_start_;
  // The step has gone through the batch: it must not do so twice in one transaction.
  return event == TxnEvent::kRetriable ? TxnEvent::kAbortable : event;
}

Status TransactionLoop::Impl::put(std::string_view topic,
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
  return note(producer_->send_offsets(*offsets, consumer_->client(), kCallWait * 2));
}

TxnEvent TransactionLoop::Impl::commit() {
  const auto event = note(producer_->commit());
  report_.commit_time = Clock::now() - phase_start_;
  if (event == TxnEvent::kIndefinite) report(TransactionOutcome::kIndefinite);
  return event;
}

TxnEvent TransactionLoop::Impl::apply() {
  ledger_.commit();
  step_.committed();
  batch_.clear();
  report(TransactionOutcome::kCommitted);
  return TxnEvent::kOk;
}

TxnEvent TransactionLoop::Impl::rewind() {
  step_.aborted();
  ledger_.rollback();
  batch_.clear();
  report(TransactionOutcome::kAborted);
  // A transaction that cannot commit because of a rebalance would otherwise spin until poll()
  // hears of it; and a broker that refuses outputs is not helped by haste.
  pause();
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
  const auto lag = consumer_->lag(ledger_.positions());
  const std::lock_guard lock{mutex_};
  snapshot_.lag = lag;
}

void TransactionLoop::Impl::pause() {
  std::unique_lock lock{mutex_};
  stop_signal_.wait_for(lock, kPause, [this] { return stopping_.load(); });
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
