#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace cw::kafka {

/// Follows the records of one request until Kafka has acknowledged them all (acks=all).
///
/// Hand it to Producer::produce() with each record, then seal() it. `done` is called exactly
/// once: with the first failure at once, or with Ok after seal() when the last record is
/// acknowledged (within seal() itself if there is nothing left to wait for).
/// THREAD: safe; `done` runs in the producer's poll thread or in the thread that seals: it must
/// be short and must not block.
class AckGroup {
 public:
  using Done = std::function<void(Status)>;

  explicit AckGroup(Done done) : done_(std::move(done)) {}

  /// No more records will be added.
  void seal();
  /// Records that were accepted by produce() and are not yet acknowledged.
  [[nodiscard]] std::size_t outstanding() const noexcept;

 private:
  friend class Producer;
  void add() noexcept;
  void refuse() noexcept;
  void acknowledge(const Status& status);
  void finish_one(const Status& status);
  void finish(const Status& status);

  Done done_;
  std::atomic<std::size_t> outstanding_{0};
  // The outstanding records, and one more until sealed.
  std::atomic<std::size_t> pending_{1};
  std::atomic<bool> finished_{false};
};

struct ProducerOptions {
  /// Bounds on what waits for acknowledgement in this process; beyond: kQueueFull.
  std::size_t records_max = 1'000'000;
  std::size_t kilobytes_max = 512UL * 1024;
  /// How long a record may wait for Kafka before it is reported as failed.
  std::chrono::milliseconds delivery_timeout{30'000};
  /// How long a record may wait for others to share its request.
  std::chrono::milliseconds linger{5};
};

/// Idempotent producer, acks=all, lz4, keys partitioned by murmur2. Owns one thread that polls
/// delivery reports. Survives the broker being away: records wait up to the delivery timeout.
/// THREAD: safe.
class Producer {
 public:
  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<Producer>> create(const ClientOptions& client,
                                                                const ProducerOptions& options);
  /// Waits up to five seconds for outstanding records; what is left then fails with kCancelled.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Copies the record into the queue and returns at once. `group` may be null.
  /// Fails with kQueueFull (try again later), kRecordTooLarge, kTopicMissing, kKafkaFatal; a
  /// failed call does not touch `group`.
  [[nodiscard]] Status produce(const OutRecord& record, const std::shared_ptr<AckGroup>& group);

  /// As produce(), but waits for room in the queue. Fails with kQueueFull after `wait`.
  /// THREAD: blocks; not for an event loop.
  [[nodiscard]] Status produce_wait(const OutRecord& record,
                                    const std::shared_ptr<AckGroup>& group,
                                    std::chrono::milliseconds wait);

  /// Waits until nothing is outstanding. Fails with kBrokerUnavailable after `wait`.
  [[nodiscard]] Status flush(std::chrono::milliseconds wait);

  /// Records that wait for acknowledgement, of all groups together.
  [[nodiscard]] std::size_t outstanding() const noexcept;
  /// Whether the last contact with the cluster succeeded (for readiness); false before the first.
  [[nodiscard]] bool connected() const noexcept;

 private:
  class Impl;
  explicit Producer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
