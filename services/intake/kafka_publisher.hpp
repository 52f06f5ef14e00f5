#pragma once

#include "intake/config.hpp"
#include "intake/publisher.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/transactional_writer.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace cw::intake {

struct KafkaTopics {
  std::string exposures = {};
  std::string reports = {};
  std::string quarantine = {};
  std::string control = {};
};

/// Publisher over real Kafka: an idempotent producer for rows, and a transactional writer, which
/// blocks, on a thread of its own for file loads. Waits for Kafka as long as it takes to appear.
/// THREAD: safe.
class KafkaPublisher final : public Publisher {
 public:
  struct Options {
    KafkaTopics topics;
    kafka::ProducerOptions producer;
    std::string transactional_id;
    std::chrono::milliseconds commit_wait = std::chrono::seconds{20};
  };

  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<KafkaPublisher>> create(
      const kafka::ClientOptions& client, Options options);
  /// Waits for records that are still on their way, at most five seconds.
  ~KafkaPublisher() override;
  KafkaPublisher(const KafkaPublisher&) = delete;
  KafkaPublisher& operator=(const KafkaPublisher&) = delete;

  [[nodiscard]] bool connected() const override;
  [[nodiscard]] std::unique_ptr<UploadBatch> begin(boost::asio::any_io_executor executor) override;
  [[nodiscard]] http::Task<Status> record_load(const FileLoad& load) override;
  [[nodiscard]] http::Task<Status> record_nil_return(const NilReturn& nil_return) override;

  /// Publishes the messages and waits until Kafka has acknowledged all. Fails as an UploadBatch
  /// does, and with kCancelled. THREAD: blocks; not for an event loop.
  [[nodiscard]] Status publish_waiting(std::span<const OutMessage> messages,
                                       const std::stop_token& stop);

  /// Records taken and not yet acknowledged.
  [[nodiscard]] std::size_t outstanding() const { return producer_->outstanding(); }

 private:
  explicit KafkaPublisher(Options options) : options_(std::move(options)) {}
  /// Optional only because Asio wants a value that can be made from nothing.
  [[nodiscard]] http::Task<std::optional<Status>> commit_on_worker(const ControlRecord& record);
  [[nodiscard]] Status commit(const ControlRecord& record);
  [[nodiscard]] const std::string& name_of(OutTopic topic) const;

  friend class KafkaBatch;

  Options options_;
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<kafka::TransactionalWriter> writer_;
  std::int32_t control_partitions_ = 0;  ///< Asked once; touched by the worker only.
  std::unique_ptr<kafka::Producer> producer_;
  boost::asio::thread_pool worker_{1};  ///< Last: joins before what it uses goes.
};

}  // namespace cw::intake
