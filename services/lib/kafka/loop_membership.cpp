#include "lib/kafka/disposition.hpp"
#include "lib/kafka/loop_engine.hpp"

#include <optional>
#include <thread>
#include <utility>

namespace cw::kafka {
namespace {

constexpr std::chrono::milliseconds kCallWait{5'000};
constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kIdleWait{100};
/// New members in a row, without a commit between them, before the loop stops.
constexpr int kRejoinsMax = 5;

}  // namespace

Status TransactionLoop::Impl::make_consumer() {
  consumer_.reset();
  GroupConsumerOptions group{options_.group_id,
                             options_.instance_id,
                             options_.session_timeout,
                             options_.prefetch_kilobytes};
  auto made = GroupConsumer::create(options_.client, group);
  if (!made) return std::move(made).error();
  consumer_ = std::move(made).value();
  return Ok{};
}

Status TransactionLoop::Impl::join_group() {
  if (auto status = make_consumer(); !status) return status;
  // A member that subscribes to a topic before it exists learns of it only minutes later.
  for (;;) {
    auto status = check_topics();
    if (status) break;
    if (disposition(status.error().code) != Disposition::kRetry) return status;
    if (stopping_) return Ok{};
    tell("waiting: " + status.error().detail);
    pause(kPause);
  }
  return consumer_->subscribe(options_.topics);
}

// After an outage longer than the session time-out, a member can be fenced by its own earlier
// attempt to join (2.0.2 sends it anew with another member id). Without an outage it was a twin.
TxnEvent TransactionLoop::Impl::rejoin_or_stop(const Status& status) {
  const auto event = note(status);
  if (event != TxnEvent::kFenced || watch_.stood_still() || !consumer_->interrupted()) {
    return event;
  }
  if (++rejoins_ > kRejoinsMax) return event;
  tell("joining the group anew");
  // Letting go of a fenced consumer may never return in 2.0.2: it has a thread of its own for that.
  std::thread{[old = std::move(consumer_)] {}}.detach();
  if (auto made = make_consumer(); !made) return note(made);
  if (auto joined = consumer_->subscribe(options_.topics); !joined) return note(joined);
  return TxnEvent::kRebalanced;
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

TxnEvent TransactionLoop::Impl::reconcile() {
  // Whatever changed until now is looked at below.
  static_cast<void>(consumer_->take_rebalanced());
  if (auto status = settle(); !status) return note(status);
  if (!refusal_) return hold();
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
    const auto end = ledger_.batch_end();
    ledger_.commit();
    step_.committed(end);
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
  open_partitions(ledger_.assign(committed.value()));
  tell_restored();
  {
    const std::lock_guard lock{mutex_};
    ++snapshot_.rebalances;
    snapshot_.partitions = ledger_.partitions();
    snapshot_.restore_remaining = ledger_.remaining();
  }
  tell("assigned " + std::to_string(ledger_.partitions().size()) + " partitions, " +
       std::to_string(ledger_.remaining()) + " records to restore");
  const auto missing = ledger_.to_restore();
  if (missing.empty()) return Ok{};
  set_state(LoopState::kRestoring);
  return consumer_->read_from(missing);
}

void TransactionLoop::Impl::open_partitions(const PartitionLedger::Change& change) {
  for (const auto partition : change.closed) step_.closed(partition);
  for (const auto partition : change.opened) {
    const auto held = step_.opened(partition);
    if (ledger_.start_at(partition, held)) continue;
    tell("partition " + std::to_string(partition) +
         ": the local state is not what the group committed; it is built anew");
    step_.reset(partition);
  }
}

void TransactionLoop::Impl::tell_restored() {
  for (const auto partition : ledger_.newly_restored()) {
    step_.restored(partition, ledger_.positions_of(partition));
  }
}

Result<MessageBatch> TransactionLoop::Impl::fetch() {
  auto batch = consumer_->poll(options_.batch_records_max, kIdleWait, options_.batch_wait);
  if (auto status = check_awake(); !status) return std::move(status).error();
  return batch;
}

// Stays in the group and keeps its partitions, so that no other lane runs into the same.
TxnEvent TransactionLoop::Impl::hold() {
  const bool first = snapshot().state != LoopState::kHeld;
  if (first && options_.on_held) options_.on_held(refusal_.error());
  {
    const std::lock_guard lock{mutex_};
    snapshot_.state = LoopState::kHeld;
    snapshot_.held = refusal_.error().detail;
  }
  return note(consumer_->read_from({}));
}

TxnEvent TransactionLoop::Impl::poll_held() {
  auto fetched = fetch();
  static_cast<void>(consumer_->take_rebalanced());
  return fetched ? TxnEvent::kNothing : rejoin_or_stop(std::move(fetched).error());
}

TxnEvent TransactionLoop::Impl::restore() {
  if (!refusal_) return TxnEvent::kOk;
  if (!ledger_.restoring()) return finish_restore();
  auto fetched = fetch();
  if (consumer_->take_rebalanced()) return TxnEvent::kRebalanced;
  if (!fetched) return rejoin_or_stop(std::move(fetched).error());
  views_.clear();
  topics_.forget();
  for (const auto* message : fetched.value().messages()) {
    const auto topic = topics_.index_of(message->rkt);
    if (!topic) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ledger_.take_end(*topic, message->partition, message->offset);
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
               ledger_.take_restored(*topic, message->partition, message->offset)) {
      views_.push_back(topics_.view(*message, *topic));
    }
  }
  if (!views_.empty()) step_.restore(views_);
  tell_restored();
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

}  // namespace cw::kafka
