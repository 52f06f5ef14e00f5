#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cw::kafka {

/// THREAD: the functions are called from the reader's own thread, one at a time.
struct TailOptions {
  std::vector<std::string> topics = {};
  /// The partitions to read of every topic, e.g. {0} for control.v1; none: all of them.
  std::optional<std::vector<std::int32_t>> partitions = {};
  /// Where to start, for those partitions that do not start at the beginning.
  std::vector<Position> start = {};
  std::size_t batch_records_max = 10'000;
  std::chrono::milliseconds batch_wait{20};  ///< Longest wait for a batch to fill.
  /// Memory for records fetched ahead.
  std::size_t prefetch_kilobytes = 64UL * 1024;

  /// Records in the order of each partition, each exactly once, committed ones only. Required.
  std::function<void(std::span<const RecordView>)> on_batch = {};
  /// Called once, when every partition has been read to the end it had at that time.
  std::function<void()> on_caught_up = {};
  /// The reader has given up: a record it needs is gone (kNotFound) or the client is broken
  /// (kKafkaFatal). It does not give up while the broker is away or a topic is missing.
  std::function<void(Error)> on_failed = {};
};

/// Reads whole topics, without a consumer group: from the beginning (or the given positions) to
/// the end, and then whatever comes. Waits for brokers and topics that are not there yet.
/// THREAD: owns one thread; the members are safe to call from any thread but that one.
class TailReader {
 public:
  /// Starts the thread. Does not contact the broker before it returns. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<TailReader>> start(const ClientOptions& client,
                                                                 TailOptions options);
  /// Stops and joins.
  ~TailReader();
  TailReader(const TailReader&) = delete;
  TailReader& operator=(const TailReader&) = delete;

  /// After it returns no function of the options is called any more.
  void stop();

  /// Every partition has been read to its end at least once.
  [[nodiscard]] bool caught_up() const noexcept;
  /// Records known to be on the broker and not yet handed over; a floor while not caught up.
  /// Transaction markers count too, so a quiet topic may rest at a few.
  [[nodiscard]] std::int64_t lag() const;
  /// Next offset of each partition; everything before has been handed over.
  [[nodiscard]] std::vector<Position> positions() const;
  /// When the thread last went round its loop (for liveness).
  [[nodiscard]] std::chrono::steady_clock::time_point last_progress() const noexcept;
  /// Waits for caught_up(). Fails with kBrokerUnavailable after `wait`.
  [[nodiscard]] Status wait_caught_up(std::chrono::milliseconds wait) const;

 private:
  class Impl;
  explicit TailReader(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
