#include "desk/desk_service.hpp"

#include "desk/past_facts.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/kafka/log_bridge.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace cw::desk {
namespace {

constexpr std::string_view kControlTopic = "control.v1";
constexpr std::string_view kMatchTopic = "matches.v1";
constexpr std::string_view kFeedTopic = "feed-state.v1";
/// One for all desks of a topic prefix: a second one fences the first.
constexpr std::string_view kTransactionalId = "desk-control";
constexpr std::chrono::seconds kAnswerMargin{20};
constexpr std::chrono::seconds kStalledAfter{60};
/// How long a figure that differs may take to be compared with the facts of then.
constexpr std::chrono::minutes kPastFactsWait{5};

kafka::ClientOptions client_options(const runtime::CommonConfig& config) {
  kafka::ClientOptions options;
  options.brokers = config.kafka.brokers;
  options.client_id = "cardwatch-desk";
  options.properties = config.kafka.properties;
  options.log = kafka::log_to_telemetry();
  return options;
}

}  // namespace

Status DeskService::start(runtime::Context& context) {
  probe_.emplace(context.metrics);
  if (auto started = start_kafka(context); !started) return started;
  add_routes(context);
  add_checks(context);
  figures_.emplace(control_, matches_, *probe_, config_.figures_interval);
  return Ok{};
}

Status DeskService::start_kafka(runtime::Context& context) {
  auto sink = KafkaControlSink::create(
      client_options(context.config),
      {.topic = context.config.topic(kControlTopic),
       .transactional_id = context.config.kafka.topic_prefix + std::string(kTransactionalId),
       .commit_wait = config_.commit_timeout,
       .fail = context.fail});
  if (!sink) return sink.error();
  sink_ = std::move(sink).value();
  writer_.emplace(*sink_,
                  control_,
                  ControlWriter::Options{.waiting_max = config_.waiting_max,
                                         .seen_wait = config_.seen_timeout});
  auto control = start_reader(context, kControlTopic, [this](auto batch) { fold_control(batch); });
  if (!control) return control.error();
  control_reader_ = std::move(control).value();
  auto matches = start_reader(context, kMatchTopic, [this](auto batch) { fold_matches(batch); });
  if (!matches) return matches.error();
  match_reader_ = std::move(matches).value();
  auto feeds = start_reader(context, kFeedTopic, [this](auto batch) { fold_feed_states(batch); });
  if (!feeds) return feeds.error();
  feed_reader_ = std::move(feeds).value();
  return Ok{};
}

Result<std::unique_ptr<kafka::TailReader>> DeskService::start_reader(runtime::Context& context,
                                                                     std::string_view topic,
                                                                     Fold fold) {
  kafka::TailOptions options;
  options.topics = {context.config.topic(topic)};
  // Every partition of control holds a full copy.
  if (topic == kControlTopic) options.partitions = std::vector<std::int32_t>{0};
  options.on_batch = std::move(fold);
  options.on_caught_up = [this, topic = std::string(topic)] {
    log_.info("caught_up", "A topic was read to its end", {{"topic", topic}});
  };
  options.on_failed = context.fail;
  return kafka::TailReader::start(client_options(context.config), std::move(options));
}

void DeskService::add_routes(runtime::Context& context) {
  control_api_.emplace(control_, *writer_, *probe_, [this] { return control_ready(); });
  control_api_->add_to(context.router,
                       config_.commit_timeout + config_.seen_timeout + kAnswerMargin);
  counts_api_.emplace(CountsApi::Views{control_, matches_, feeds_},
                      *probe_,
                      CountsApi::Options{.threads = config_.count_threads,
                                         .waiting_max = config_.counts_waiting_max},
                      [this] { return counts_ready(); });
  counts_api_->add_to(context.router);
  publish_api_.emplace(
      PublishApi::Views{control_, matches_},
      *writer_,
      *probe_,
      [client = client_options(context.config), topic = context.config.topic(kMatchTopic)](
          const Offsets& until) { return read_past_facts(client, topic, until, kPastFactsWait); },
      [this] { return counts_ready(); });
  publish_api_->add_to(context.router,
                       config_.commit_timeout + config_.seen_timeout + kAnswerMargin);
  silence_api_.emplace(
      control_, matches_, config_.silence_limit, [this] { return counts_ready(); });
  silence_api_->add_to(context.router);
}

void DeskService::add_checks(runtime::Context& context) {
  context.health.add_readiness("control", [this] { return control_ready(); });
  context.health.add_readiness("counts", [this] { return counts_ready(); });
  context.health.add_liveness("readers", [this] { return alive(); });
  context.metrics.on_collect([this] {
    probe_->lag(kControlTopic, static_cast<double>(control_reader_->lag()));
    probe_->lag(kMatchTopic, static_cast<double>(match_reader_->lag()));
    silence_api_->collect(*probe_);
  });
}

void DeskService::fold_control(std::span<const kafka::RecordView> batch) {
  std::vector<ControlRecord> records;
  for (const auto& message : batch) {
    auto record = codec::decode_control(message.value);
    if (record) {
      records.push_back(std::move(record).value());
    } else {
      refuse(message, record.error());
    }
  }
  if (!batch.empty()) control_.apply(records, batch.back().offset + 1);
}

void DeskService::fold_matches(std::span<const kafka::RecordView> batch) {
  std::vector<codec::FactMessage> messages;
  Offsets offsets;
  for (const auto& message : batch) {
    offsets[message.partition] = message.offset + 1;
    const auto facts = codec::decode_facts(
        message.value, [&](codec::FactMessage&& fact) { messages.push_back(std::move(fact)); });
    if (!facts) refuse(message, facts.error());
  }
  matches_.apply(messages, offsets);
}

void DeskService::fold_feed_states(std::span<const kafka::RecordView> batch) {
  for (const auto& message : batch) {
    if (message.tombstone) continue;
    const auto state = codec::decode_feed_state(message.value);
    if (state) {
      feeds_.apply(state.value());
    } else {
      refuse(message, state.error());
    }
  }
}

void DeskService::refuse(const kafka::RecordView& record, const Error& error) {
  probe_->record_refused(record.topic);
  log_.warn_throttled(refusals_,
                      "record_refused",
                      "A record cannot be read and is skipped",
                      {{"topic", record.topic},
                       {"partition", record.partition},
                       {"offset", record.offset},
                       {"code", error.code},
                       {"detail", error.detail}});
}

Status DeskService::control_ready() const {
  if (control_reader_->caught_up()) return Ok{};
  return Error{Errc::kUnavailable, "control has not been read from Kafka yet"};
}

Status DeskService::counts_ready() const {
  if (auto control = control_ready(); !control) return control;
  if (match_reader_->caught_up()) return Ok{};
  return Error{Errc::kUnavailable, "the match facts have not been read from Kafka yet"};
}

Status DeskService::alive() const {
  for (const auto* reader : {control_reader_.get(), match_reader_.get(), feed_reader_.get()}) {
    if (std::chrono::steady_clock::now() - reader->last_progress() > kStalledAfter) {
      return Error{Errc::kInternal, "a reader stands still"};
    }
  }
  return Ok{};
}

void DeskService::stop() {
  figures_.reset();
  for (auto* reader : {control_reader_.get(), match_reader_.get(), feed_reader_.get()}) {
    if (reader != nullptr) reader->stop();
  }
}

}  // namespace cw::desk
