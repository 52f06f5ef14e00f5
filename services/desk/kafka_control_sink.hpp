#pragma once

#include "desk/control_writer.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/transactional_writer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cw::desk {

/// Writes a copy of each control record to every partition of control.v1, in one transaction.
/// A second desk with the same transactional id fences this one, which is then of no use.
/// THREAD: one caller at a time.
class KafkaControlSink final : public ControlSink {
 public:
  struct Options {
    std::string topic;
    std::string transactional_id;
    std::chrono::milliseconds commit_wait = std::chrono::seconds{10};
    /// Called with an error that only a restart mends (kFenced, kKafkaFatal).
    std::function<void(Error)> fail;
  };

  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<KafkaControlSink>> create(
      const kafka::ClientOptions& client, Options options);

  /// Fails with kBrokerUnavailable (the record may still appear), kTopicMissing, kRecordTooLarge,
  /// or kUnavailable after `fail` was called.
  [[nodiscard]] Status write(const ControlRecord& record) override;

 private:
  explicit KafkaControlSink(Options options) : options_(std::move(options)) {}

  Options options_;
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<kafka::TransactionalWriter> writer_;
  std::int32_t partitions_ = 0;  ///< Asked once.
};

}  // namespace cw::desk
