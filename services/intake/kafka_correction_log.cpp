#include "intake/kafka_correction_log.hpp"

#include "lib/codec/report_codec.hpp"

#include <chrono>
#include <vector>

namespace cw::intake {
namespace {

constexpr std::chrono::seconds kReadWait{20};

}  // namespace

Result<std::unique_ptr<KafkaCorrectionLog>> KafkaCorrectionLog::create(
    const kafka::ClientOptions& client, std::string topic, KafkaPublisher& publisher) {
  std::unique_ptr<KafkaCorrectionLog> made{new KafkaCorrectionLog(std::move(topic), publisher)};
  auto fetcher = kafka::RecordFetcher::create(client);
  if (!fetcher) return fetcher.error();
  made->fetcher_ = std::move(fetcher).value();
  return made;
}

Status KafkaCorrectionLog::read(std::span<const Place> places,
                                const std::function<void(std::string_view)>& sink,
                                const std::stop_token& stop) {
  std::vector<kafka::Position> wanted;
  wanted.reserve(places.size());
  for (const auto& place : places) wanted.push_back({{topic_, place.partition}, place.offset});
  return fetcher_->fetch(
      wanted, kReadWait, [&sink](const kafka::RecordView& record) { sink(record.value); }, stop);
}

Status KafkaCorrectionLog::write(std::span<const ReportRevision> copies,
                                 const std::stop_token& stop) {
  std::vector<OutMessage> messages;
  messages.reserve(copies.size());
  for (const auto& copy : copies) {
    messages.push_back({OutTopic::kReports, copy.home().hex(), codec::encode(copy)});
  }
  return publisher_.publish_waiting(messages, stop);
}

}  // namespace cw::intake
