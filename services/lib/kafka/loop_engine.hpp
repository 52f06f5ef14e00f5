#pragma once

#include "lib/kafka/group_consumer.hpp"
#include "lib/kafka/partition_ledger.hpp"
#include "lib/kafka/suspension_watch.hpp"
#include "lib/kafka/topic_indexer.hpp"
#include "lib/kafka/transaction_loop.hpp"
#include "lib/kafka/txn_client.hpp"
#include "lib/kafka/txn_fsm.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cw::kafka {

/// The inside of a TransactionLoop: performs what its TxnFsm asks for, with the ledger as its
/// memory of offsets. Membership, assignment and restoring are in loop_membership.cpp, the
/// transaction itself in transaction_loop.cpp.
class TransactionLoop::Impl : private OutputSink {
 public:
  using Clock = std::chrono::steady_clock;

  Impl(TransactionLoopOptions options, TransactionStep& step)
      : options_(std::move(options)),
        step_(step),
        ledger_(options_.topics),
        topics_(options_.topics),
        watch_(options_.session_timeout) {}

  Status run();
  void request_stop() noexcept;
  [[nodiscard]] LoopSnapshot snapshot() const;

 private:
  [[nodiscard]] Status put(TopicIndex topic,
                           std::int32_t partition,
                           std::string_view key,
                           std::string_view value) override;

  [[nodiscard]] Status join_group();
  [[nodiscard]] Status make_consumer();
  [[nodiscard]] TxnEvent rejoin_or_stop(const Status& status);
  [[nodiscard]] Status check_topics();
  [[nodiscard]] Status work();
  [[nodiscard]] TxnEvent perform(TxnAction action);
  [[nodiscard]] TxnEvent init();
  [[nodiscard]] TxnEvent reconcile();
  [[nodiscard]] Status settle();
  [[nodiscard]] Status take_assignment();
  void open_partitions(const PartitionLedger::Change& change);
  void tell_restored();
  [[nodiscard]] TxnEvent restore();
  [[nodiscard]] TxnEvent finish_restore();
  [[nodiscard]] TxnEvent poll();
  void fill_batch();
  [[nodiscard]] TxnEvent process();
  [[nodiscard]] TxnEvent send_offsets();
  [[nodiscard]] TxnEvent commit();
  [[nodiscard]] TxnEvent apply();
  [[nodiscard]] TxnEvent rewind();
  [[nodiscard]] TxnEvent recreate();
  [[nodiscard]] TxnEvent hold();
  [[nodiscard]] TxnEvent poll_held();
  [[nodiscard]] Result<MessageBatch> fetch();
  [[nodiscard]] TxnEvent note(const Status& status);
  [[nodiscard]] TxnEvent note_producer(const Status& status);
  [[nodiscard]] TxnEvent begin();
  [[nodiscard]] Status check_awake();

  void report(TransactionOutcome outcome);
  void tell(const std::string& event);
  void set_state(LoopState state);
  void touch();
  void refresh_lag();
  void pause(std::chrono::milliseconds wait);
  [[nodiscard]] static bool may_stop(TxnAction action) noexcept;

  TransactionLoopOptions options_;
  TransactionStep& step_;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<TxnClient> producer_;
  TxnFsm fsm_;
  PartitionLedger ledger_;
  TopicIndexer topics_;
  SuspensionWatch watch_;
  MessageBatch batch_;
  std::vector<RecordView> views_;
  TransactionReport report_;
  Clock::time_point begun_at_{};  ///< Of the open transaction.
  bool fenced_by_age_ = false;    ///< The producer was fenced, probably for a transaction's age.
  int rejoins_ = 0;
  Clock::time_point phase_start_{};
  Clock::time_point lag_due_{};
  Status last_error_ = Ok{};
  Status refusal_ = Ok{};  ///< Of the step to go on.

  mutable std::mutex mutex_;  // Guards snapshot_ and the waits.
  std::condition_variable stop_signal_;
  LoopSnapshot snapshot_;
  std::atomic<bool> stopping_{false};
};

}  // namespace cw::kafka
