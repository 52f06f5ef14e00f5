#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace cw::kafka {

struct TransactionalOptions {
  /// Stable per writer, e.g. "desk-0": a restart then fences its own predecessor.
  std::string transactional_id = {};
  std::chrono::milliseconds transaction_timeout{15'000};
  std::chrono::milliseconds linger{5};
};

/// Writes batches of records in Kafka transactions: each batch is seen by read_committed readers
/// whole or not at all. Owns its client and re-creates it when a result is indefinite or fatal.
/// THREAD: one caller at a time; calls block.
class TransactionalWriter {
 public:
  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<TransactionalWriter>> create(
      const ClientOptions& client, const TransactionalOptions& options);
  ~TransactionalWriter();
  TransactionalWriter(const TransactionalWriter&) = delete;
  TransactionalWriter& operator=(const TransactionalWriter&) = delete;

  /// Ok: all records are committed. An attempt whose result is unknown is made again, so a reader
  /// may see the batch twice, whole each time: records must be harmless when repeated.
  /// Fails with kBrokerUnavailable when `wait` is over (the batch may still appear if its last
  /// attempt was indefinite), kFenced when another writer with this transactional id took over
  /// (this one is then of no use), kRecordTooLarge, kTopicMissing, kKafkaFatal.
  [[nodiscard]] Status commit_batch(std::span<const OutRecord> records,
                                    std::chrono::milliseconds wait);

 private:
  class Impl;
  explicit TransactionalWriter(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
