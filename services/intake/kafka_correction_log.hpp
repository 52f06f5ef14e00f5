#pragma once

#include "intake/correction_log.hpp"
#include "intake/kafka_publisher.hpp"
#include "lib/kafka/record_fetcher.hpp"

#include <memory>
#include <string>

namespace cw::intake {

/// CorrectionLog over real Kafka; writes through the publisher's producer.
class KafkaCorrectionLog final : public CorrectionLog {
 public:
  /// Does not contact the broker. `publisher` outlives it. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<KafkaCorrectionLog>> create(
      const kafka::ClientOptions& client, std::string topic, KafkaPublisher& publisher);

  [[nodiscard]] Status read(std::span<const Place> places,
                            const std::function<void(std::string_view)>& sink,
                            const std::stop_token& stop) override;
  [[nodiscard]] Status write(std::span<const ReportRevision> copies,
                             const std::stop_token& stop) override;

 private:
  KafkaCorrectionLog(std::string topic, KafkaPublisher& publisher)
      : topic_(std::move(topic)), publisher_(publisher) {}

  std::string topic_;
  KafkaPublisher& publisher_;
  std::unique_ptr<kafka::RecordFetcher> fetcher_;
};

}  // namespace cw::intake
