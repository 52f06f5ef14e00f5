#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cw::kafka {

/// THREAD: the functions are called from the reader's own thread, one at a time.
struct GroupReaderOptions {
  std::string topic = {};
  std::string group_id = {};
  /// The member's stable name in its group: a restart then takes its partitions back at once, and
  /// the others keep theirs. Empty: a member without a name, whose partitions wait for
  /// `session_timeout` when it dies.
  std::string instance_id = {};
  std::chrono::milliseconds session_timeout{45'000};
  std::size_t batch_records_max = 10'000;
  std::chrono::milliseconds batch_linger{1};
  std::size_t prefetch_kilobytes = 64UL * 1024;
  /// Between two attempts at what failed.
  std::chrono::milliseconds retry_pause{1'000};

  /// These partitions (of how many) are this member's from now on: says from which offsets on to
  /// read them. Asked again, after a pause, if it fails.
  std::function<Result<std::vector<Position>>(const std::vector<std::int32_t>& partitions,
                                              std::int32_t count)>
      on_assigned = {};
  /// They are not any more: whoever comes next may have them as soon as this returns. `lost`: may
  /// have had them for some time. Not called at the end of the reader.
  std::function<void(bool lost)> on_revoked = {};
  /// Records of one partition in its order, committed ones only. If it fails, all partitions are
  /// assigned anew after a pause.
  std::function<Status(std::span<const RecordView>)> on_batch = {};
  /// Called once after each assignment, when the partition has been read to its end.
  std::function<void(std::int32_t partition)> on_end = {};
  /// Between batches, some times a second. If it fails, as on_batch.
  std::function<Status()> on_tick = {};
  /// The reader has given up: a younger member has its name (kFenced), a record it needs is gone
  /// (kNotFound) or the client is broken (kKafkaFatal).
  std::function<void(Error)> on_failed = {};
};

/// Reads the partitions of a topic that a consumer group gives it, from offsets that its owner
/// keeps: nothing is committed to Kafka. The owner gives a partition up within on_revoked(), and
/// the group waits for that, so partitions are handed over one after the other; only a member that
/// was cut off from the broker learns late that it has lost them.
/// THREAD: owns one thread; the members are safe to call from any thread but that one.
class GroupReader {
 public:
  /// Does not contact the broker before it returns. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<GroupReader>> start(const ClientOptions& client,
                                                                  GroupReaderOptions options);
  ~GroupReader();
  GroupReader(const GroupReader&) = delete;
  GroupReader& operator=(const GroupReader&) = delete;

  /// After it returns no function of the options is called any more. A named member keeps its
  /// place in the group until its session is over.
  void stop();

  /// The group has said which partitions are this member's (none, perhaps), and each was read to
  /// its end.
  [[nodiscard]] bool settled() const noexcept;
  /// When the thread last went round its loop, or began what it is at (for liveness).
  [[nodiscard]] std::chrono::steady_clock::time_point last_progress() const noexcept;

 private:
  class Impl;
  explicit GroupReader(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
