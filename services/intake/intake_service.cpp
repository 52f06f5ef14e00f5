#include "intake/intake_service.hpp"

#include "lib/codec/control_codec.hpp"
#include "lib/kafka/log_bridge.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::intake {
namespace {

constexpr std::string_view kClientId = "cardwatch-intake";
/// Beside the delivery timeout, for the transactions at both ends of a load.
constexpr std::chrono::seconds kAnswerMargin{60};
constexpr std::chrono::seconds kStalledAfter{60};
/// Corrections are read beside the uploads, not ahead of them.
constexpr std::size_t kReportsPrefetchKilobytes = 8UL * 1024;
constexpr std::size_t kReportsPerBatch = 2000;

kafka::ClientOptions client_options(const runtime::CommonConfig& config) {
  kafka::ClientOptions options;
  options.brokers = config.kafka.brokers;
  options.client_id = kClientId;
  options.properties = config.kafka.properties;
  options.log = kafka::log_to_telemetry();
  return options;
}

KafkaPublisher::Options publisher_options(const Config& config,
                                          const runtime::CommonConfig& common) {
  constexpr std::uint64_t kKib = 1024;
  return {.topics = {.exposures = common.topic("exposures.v1"),
                     .reports = common.topic("reports.v1"),
                     .quarantine = common.topic("quarantine.v1"),
                     .control = common.topic("control.v1")},
          .producer = {.records_max = config.queue_records_max,
                       .kilobytes_max = config.queue_bytes_max / kKib,
                       .delivery_timeout = config.delivery_timeout},
          .transactional_id = common.kafka.topic_prefix + "intake-" + config.instance};
}

}  // namespace

Status IntakeService::start(runtime::Context& context) {
  auto keys = KeyRing::read(config_);
  if (!keys) return keys.error();
  for (const auto& path : exposed_key_files(config_)) {
    log_.warn("key_file_exposed", "Others than the owner may read a key file", {{"path", path}});
  }
  log_.info("keys_loaded",
            "Keys are loaded",
            {{"match_key", keys.value().match.id()}, {"vault_key", keys.value().vault.id()}});
  keys_.emplace(std::move(keys).value());
  probe_.emplace(context.metrics);
  gate_.emplace(config_.uploads.concurrent_max);

  const auto kafka_status = start_kafka(context);
  if (!kafka_status) return kafka_status;
  const Workshop shop{*publisher_, control_, *keys_, *probe_, *gate_, config_.uploads};
  exposures_.emplace(shop);
  reports_.emplace(shop);
  routes_.emplace(*exposures_, *reports_, *probe_, [this] { return ready(); });
  routes_->add_to(context.router, config_.uploads, config_.delivery_timeout + kAnswerMargin);
  nil_returns_.emplace(*publisher_, control_, *probe_, [this] { return ready(); });
  nil_returns_->add_to(context.router, config_.delivery_timeout + kAnswerMargin);
  add_checks(context);
  return Ok{};
}

Status IntakeService::start_kafka(runtime::Context& context) {
  const auto client = client_options(context.config);
  auto publisher = KafkaPublisher::create(client, publisher_options(config_, context.config));
  if (!publisher) return publisher.error();
  publisher_ = std::move(publisher).value();
  auto tail = kafka::TailReader::start(client, tail_options(context));
  if (!tail) return tail.error();
  tail_ = std::move(tail).value();
  return config_.corrections.enabled ? start_corrections(client, context) : Ok{};
}

Status IntakeService::start_corrections(const kafka::ClientOptions& client,
                                        runtime::Context& context) {
  const auto topic = context.config.topic("reports.v1");
  auto log = KafkaCorrectionLog::create(client, topic, *publisher_);
  if (!log) return log.error();
  correction_log_ = std::move(log).value();
  relay_.emplace(*correction_log_,
                 *probe_,
                 CorrectionRelay::Options{.limits = {.bytes_max = config_.corrections.memory_max}});
  kafka::TailOptions options;
  options.topics = {topic};
  options.prefetch_kilobytes = kReportsPrefetchKilobytes;
  options.batch_records_max = kReportsPerBatch;
  options.on_batch = [this](std::span<const kafka::RecordView> batch) { relay_->observe(batch); };
  options.on_caught_up = [this] { relay_->caught_up(); };
  options.on_failed = [fail = context.fail](Error error) { fail(std::move(error)); };
  auto tail = kafka::TailReader::start(client, std::move(options));
  if (!tail) return tail.error();
  reports_tail_ = std::move(tail).value();
  relay_->start();
  return Ok{};
}

kafka::TailOptions IntakeService::tail_options(runtime::Context& context) {
  kafka::TailOptions options;
  options.topics = {context.config.topic("control.v1")};
  options.partitions = std::vector<std::int32_t>{0};  // Every partition holds a full copy.
  options.on_batch = [this](std::span<const kafka::RecordView> batch) { apply_control(batch); };
  options.on_caught_up = [this] { log_.info("control_caught_up", "Control was read to its end"); };
  options.on_failed = [fail = context.fail](Error error) { fail(std::move(error)); };
  return options;
}

void IntakeService::apply_control(std::span<const kafka::RecordView> batch) {
  std::vector<ControlRecord> records;
  for (const auto& message : batch) {
    auto record = codec::decode_control(message.value);
    if (record) {
      records.push_back(std::move(record).value());
      continue;
    }
    probe_->control_refused();
    log_.error("control_refused",
               "A control record cannot be read and is skipped",
               {{"offset", message.offset},
                {"code", record.error().code},
                {"detail", record.error().detail}});
  }
  control_.apply(records);
}

void IntakeService::add_checks(runtime::Context& context) {
  context.health.add_readiness("uploads", [this] { return ready(); });
  context.health.add_liveness("control_reader", [this] { return alive(*tail_); });
  if (reports_tail_) {
    context.health.add_liveness("reports_reader", [this] { return alive(*reports_tail_); });
  }
  context.metrics.on_collect([this] {
    probe_->unacknowledged(static_cast<double>(publisher_->outstanding()));
    probe_->control_lag(static_cast<double>(tail_->lag()));
    if (!relay_) return;
    auto corrections = relay_->state();
    corrections.lag = reports_tail_->lag();
    probe_->corrections(corrections);
  });
}

Status IntakeService::ready() const {
  if (!tail_->caught_up()) {
    return Error{Errc::kUnavailable, "control has not been read from Kafka yet"};
  }
  if (!publisher_->connected()) {
    return Error{Errc::kBrokerUnavailable, "Kafka cannot be reached"};
  }
  return Ok{};
}

Status IntakeService::alive(const kafka::TailReader& reader) {
  if (std::chrono::steady_clock::now() - reader.last_progress() > kStalledAfter) {
    return Error{Errc::kInternal, "the reader stands still"};
  }
  return Ok{};
}

void IntakeService::stop() {
  if (tail_) tail_->stop();
  if (reports_tail_) reports_tail_->stop();
  if (relay_) relay_->stop();
}

void IntakeService::reload() {
  auto keys = KeyRing::read(config_);
  const Status status = keys ? keys_->replace(std::move(keys).value()) : Status{keys.error()};
  if (status) return;
  log_.alarm("keys_reload_failed",
             "The key files are unusable; the old keys stay in use",
             {{"code", status.error().code}, {"detail", status.error().detail}});
}

}  // namespace cw::intake
