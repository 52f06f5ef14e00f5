#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/transaction_step.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cw::kafka {

enum class TransactionOutcome { kCommitted, kAborted, kIndefinite };

/// One finished transaction, for metrics.
struct TransactionReport {
  TransactionOutcome outcome = TransactionOutcome::kCommitted;
  std::size_t records_in = 0;
  std::size_t records_out = 0;
  std::chrono::nanoseconds process_time{0};  ///< In the step, outputs included.
  std::chrono::nanoseconds commit_time{0};   ///< Offsets, flush and commit.
  std::int64_t newest_timestamp_ms = -1;     ///< Of the newest input record.
};

struct TransactionLoopOptions {
  ClientOptions client = {};
  std::string group_id = {};
  /// Stable and unique per lane over all processes of the group, zero-padded ("matcher-0-01"):
  /// it is the group.instance.id and, with the group id before it, the transactional.id.
  std::string instance_id = {};
  /// Inputs; all with the same number of partitions. RecordView::topic_index is the place here.
  std::vector<std::string> topics = {};
  /// What the step writes to; OutputSink::put() tells them by their place here.
  std::vector<std::string> output_topics = {};
  std::size_t batch_records_max = 20'000;
  /// After a first record, how long more are waited for; batches grow with the load by themselves.
  /// The coordinator ends the last transaction meanwhile: where it has not, librdkafka asks again
  /// only 20 ms later, so less than some milliseconds make a busy lane slower.
  std::chrono::milliseconds batch_wait{5};
  std::chrono::milliseconds transaction_timeout{15'000};
  std::chrono::milliseconds session_timeout{45'000};
  std::size_t prefetch_kilobytes = 256UL * 1024;
  std::size_t output_records_max = 4'000'000;  ///< Of one transaction, in the producer's queue.
  /// All may be empty. THREAD: called from the loop's thread.
  std::function<void(const TransactionReport&)> on_transaction = {};
  std::function<void(const std::string& event)> on_event =
      {};                                          ///< Rebalances, re-creations; for logs.
  std::function<void(const Error&)> on_held = {};  ///< Why the step refused to go on; once.
};

/// kHeld: the step refused to go on; the lane stays in its group and reads nothing.
enum class LoopState { kStarting, kIdle, kRestoring, kRunning, kHeld, kStopped, kFailed };

/// A consistent view for readiness, liveness and metrics.
struct LoopSnapshot {
  LoopState state = LoopState::kStarting;
  std::vector<std::int32_t> partitions = {};  ///< Assigned partition numbers.
  std::int64_t restore_remaining = 0;         ///< Records still to be replayed (markers included).
  std::int64_t lag = 0;                       ///< Records on the broker beyond our offsets.
  std::uint64_t rebalances = 0;
  std::uint64_t recreations = 0;  ///< Producers thrown away after a doubtful result.
  std::chrono::steady_clock::time_point last_progress;  ///< Stalls show here.
  std::string held = {};                                ///< Why, in kHeld.
};

/// One lane of exactly-once processing: a consumer in a group, a transactional producer and the
/// state of the assigned partitions, in one thread.
///
/// Input offsets and outputs commit in one Kafka transaction. A result that is not known for sure
/// is settled by a new producer with the same id and by the committed offsets. A fenced instance
/// stops. Survives brokers going away for any time.
class TransactionLoop {
 public:
  /// `step` must outlive the loop.
  TransactionLoop(TransactionLoopOptions options, TransactionStep& step);
  ~TransactionLoop();
  TransactionLoop(const TransactionLoop&) = delete;
  TransactionLoop& operator=(const TransactionLoop&) = delete;

  /// Blocks until request_stop() (Ok) or a fatal error: kFenced, kKafkaFatal, kTopicMissing is not
  /// one (it waits), kNotFound (input is gone that the committed offsets speak of), kConfigValue.
  /// Call once. THREAD: becomes the loop's thread.
  [[nodiscard]] Status run();

  /// Ends run() after the batch in hand; the static member stays in the group, so that a restart
  /// within the session time-out finds its partitions. THREAD: safe, also from a signal thread.
  void request_stop() noexcept;

  /// THREAD: safe.
  [[nodiscard]] LoopSnapshot snapshot() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
