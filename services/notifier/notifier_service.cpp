#include "notifier/notifier_service.hpp"

#include "lib/crypto/key_vault.hpp"
#include "lib/kafka/log_bridge.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "lib/telemetry/logger.hpp"
#include "notifier/answers.hpp"
#include "notifier/build_gate.hpp"
#include "notifier/expiries.hpp"
#include "notifier/feed_api.hpp"
#include "notifier/feed_desk.hpp"
#include "notifier/feed_partitions.hpp"
#include "notifier/feed_supervisor.hpp"
#include "notifier/pull/pull_routes.hpp"
#include "notifier/reconcile/reconcile_routes.hpp"
#include "notifier/topic_inputs.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLogger{"notifier"};

// A reader that has not gone round its loop for this long is stuck, whatever Kafka does.
constexpr auto kReaderStuck = 60s;
// One cursor a record: waiting for company would only delay the next batch.
constexpr auto kSaveLinger = 1ms;

kafka::ClientOptions kafka_client(const runtime::CommonConfig& config) {
  return {.brokers = config.kafka.brokers,
          .client_id = "cardwatch-notifier",
          .properties = config.kafka.properties,
          .log = kafka::log_to_telemetry(),
          .stats = {}};
}

/// One io thread is left for what must not wait.
std::shared_ptr<BuildGate> build_gate(std::uint32_t io_threads) {
  return std::make_shared<BuildGate>(std::max<std::size_t>(io_threads, 2) - 1);
}

FeedStoreOptions store_options(const NotifierConfig& config, const runtime::Context& context) {
  return {.folder = config.store.folder,
          .topic = context.config.topic("watchlist.v1"),
          .epoch = config.epoch,
          .save_interval = config.store.save_interval};
}

PullOptions pull_options(const NotifierConfig& config) {
  return {
      .batch_bytes_max = config.push.batch_bytes_max,
      .requests_per_second = config.pull.requests_per_second,
      .waiting = {.per_issuer = config.pull.waiting_per_issuer, .in_all = config.pull.waiting_max},
      .snapshots_max = config.pull.snapshots_max};
}

ReconcileOptions reconcile_options(const NotifierConfig& config) {
  return {.interval = config.reconcile.interval,
          .patience = config.reconcile.patience,
          .limits = {.entries_max = config.push.batch_entries_max,
                     .bytes_max = config.push.batch_bytes_max}};
}

Dice make_dice() {
  struct Shared {
    std::mutex mutex;
    std::mt19937_64 engine{std::random_device{}()};
  };
  return [shared = std::make_shared<Shared>()] {
    const std::lock_guard lock{shared->mutex};
    return std::uniform_real_distribution<double>{0.0, 1.0}(shared->engine);
  };
}

/// The certificate shown to issuers: its own files, or the service's.
Result<std::shared_ptr<http::TlsContext>> push_tls(const NotifierConfig& config,
                                                   const runtime::Context& context) {
  if (config.tls.certificate.empty() && config.tls.key.empty() && config.tls.ca.empty()) {
    return context.client_tls;
  }
  return http::TlsContext::load(http::TlsContext::Role::kClient, config.tls);
}

}  // namespace

/// All parts of a running notifier, in the order of their dependence.
class NotifierService::Engine {
 public:
  struct Made {
    crypto::VaultPrivateKey vault;
    std::shared_ptr<http::TlsContext> tls;
    std::shared_ptr<kafka::Producer> producer;
  };

  Engine(const NotifierConfig& config, runtime::Context& context, Made made)
      : config_(config),
        context_(context),
        tls_(made.tls),
        producer_(std::move(made.producer)),
        keys_(std::move(made.vault)),
        states_(producer_, context.config.topic("feed-state.v1")),
        answer_log_(producer_, context.config.topic("answers.v1")),
        probe_(context.metrics),
        supervisor_(context.io.get_executor(), environment(), store_, book_) {}

  [[nodiscard]] Status start() {
    for (const Input input : {Input::kControl, Input::kFeedState}) {
      auto reader = start_reader(input);
      if (!reader) return std::move(reader).error();
      readers_[static_cast<std::size_t>(input)] = std::move(reader).value();
      add_checks(input);
    }
    if (auto taking = take_partitions(); !taking) return taking;
    context_.metrics.on_collect([this] { probe_.show(supervisor_.statuses()); });
    context_.expiry.add([this, own = tls_ != context_.client_tls] {
      return expiries(control_, *tls_, own, now());
    });
    api_.add_routes(context_.router);
    add_reconcile_route(context_.router, api_, reconciler_);
    add_pull_routes(context_.router, pull_);
    reconciler_->start();
    return Ok{};
  }

  void stopping() { pull_.stop(); }

  void stop() {
    reconciler_->stop();
    if (partitions_) partitions_->stop();
    for (const auto& reader : readers_) {
      if (reader) reader->stop();
    }
    const auto limit = context_.config.stop_timeout / 2;
    supervisor_.stop(config_.push.stop_grace, limit);
    if (partitions_) partitions_->close();
    const auto flushed = producer_->flush(limit / 2);
    if (flushed) return;
    kLogger.warn("cursors_not_saved",
                 "Kafka did not take the last cursors; their batches will be sent again",
                 {{"records", producer_->outstanding()}});
  }

  void reload() {
    if (tls_ != context_.client_tls) {
      const auto reloaded = tls_->reload();
      if (!reloaded) {
        kLogger.alarm("push_certificate_not_reloaded",
                      "the files are faulty; the certificate in use stays",
                      {{"code", reloaded.error().code}, {"detail", reloaded.error().detail}});
      }
    }
    supervisor_.on_reload();
  }

 private:
  [[nodiscard]] std::shared_ptr<const DeliveryEnvironment> environment() {
    return std::make_shared<const DeliveryEnvironment>(DeliveryEnvironment{
        .config = config_,
        .control = control_,
        .builder = builder_,
        .probe = probe_,
        .states = states_,
        .tls = tls_,
        .dice = make_dice(),
        .fail = context_.fail,
        .gate = gate_,
        .on_cards =
            [this](std::shared_ptr<IssuerFeed> feed, std::vector<codec::FeedAnswer::Card> cards) {
              return keep(&answers_, std::move(feed), std::move(cards));
            },
        .on_work = [this](const IssuerId& issuer) { pull_.wake(issuer); }});
  }

  [[nodiscard]] static http::Task<Status> keep(CardAnswers* answers,
                                               std::shared_ptr<IssuerFeed> feed,
                                               std::vector<codec::FeedAnswer::Card> cards) {
    const auto taken = co_await answers->take(std::move(feed), std::move(cards));
    if (!taken) co_return taken.error();
    co_return Ok{};
  }

  [[nodiscard]] Result<std::unique_ptr<kafka::TailReader>> start_reader(Input input) {
    kafka::TailOptions options{
        .topics = {context_.config.topic(std::string{text(input)} + ".v1")},
        .on_batch =
            [this, input](std::span<const kafka::RecordView> records) {
              inputs_.apply(input, records);
            },
        .on_caught_up = [this, input] { inputs_.caught_up(input); },
        .on_failed = [this](Error error) { context_.fail(std::move(error)); }};
    // Every partition of control has the same records.
    if (input == Input::kControl) options.partitions = std::vector<std::int32_t>{0};
    return kafka::TailReader::start(kafka_client(context_.config), std::move(options));
  }

  [[nodiscard]] Status take_partitions() {
    const auto& config = context_.config;
    partitions_.emplace(
        FeedPartitionsOptions{.client = kafka_client(config),
                              .topic = config.topic("watchlist.v1"),
                              .cursors_topic = config.topic("feed-state.v1"),
                              .group = config.kafka.topic_prefix + config_.store.group,
                              .instance = config_.store.instance,
                              .session_timeout = config_.store.session_timeout,
                              .grace = config_.push.stop_grace},
        FeedPartitions::Parts{store_,
                              supervisor_,
                              inputs_,
                              *readers_[static_cast<std::size_t>(Input::kFeedState)],
                              context_.metrics},
        context_.fail);
    if (auto started = partitions_->start(); !started) return started;
    context_.health.add_readiness("watchlist", [this] { return partitions_->ready(); });
    context_.health.add_liveness("watchlist-reader", [this]() -> Status {
      if (std::chrono::steady_clock::now() - partitions_->last_progress() < kReaderStuck) {
        return Ok{};
      }
      return Error{Errc::kInternal, "the reader stands still"};
    });
    return Ok{};
  }

  void add_checks(Input input) {
    const kafka::TailReader& reader = *readers_[static_cast<std::size_t>(input)];
    const std::string topic{text(input)};
    context_.health.add_readiness(topic, [&reader, topic]() -> Status {
      if (reader.caught_up()) return Ok{};
      return Error{Errc::kUnavailable, topic + " has not been read to its end yet"};
    });
    context_.health.add_liveness(topic + "-reader", [&reader]() -> Status {
      if (std::chrono::steady_clock::now() - reader.last_progress() < kReaderStuck) return Ok{};
      return Error{Errc::kInternal, "the reader stands still"};
    });
  }

  const NotifierConfig& config_;
  runtime::Context& context_;
  std::shared_ptr<http::TlsContext> tls_;
  std::shared_ptr<kafka::Producer> producer_;
  KeyRing keys_;
  ControlView control_{keys_};
  FeedStore store_{store_options(config_, context_)};
  FeedStateBook book_;
  KafkaFeedStateLog states_;
  KafkaAnswerLog answer_log_;
  CardAnswers answers_{answer_log_, context_.metrics};
  std::shared_ptr<BuildGate> gate_ = build_gate(context_.config.io_threads);
  FeedProbe probe_;
  BatchBuilder builder_{keys_};
  FeedSupervisor supervisor_;
  FeedApi api_{{.worker = [this](const IssuerId& issuer) { return supervisor_.find(issuer); },
                .statuses = [this] { return supervisor_.statuses(); },
                .control = control_,
                .builder = builder_}};
  FeedDesk desk_{supervisor_, control_, config_.epoch};
  ReconcileProbe reconcile_probe_{context_.metrics};
  std::shared_ptr<Reconciler> reconciler_ = std::make_shared<Reconciler>(context_.io.get_executor(),
                                                                         reconcile_options(config_),
                                                                         builder_,
                                                                         reconcile_probe_,
                                                                         desk_.reconcile_hooks());
  PullApi pull_{{desk_, builder_, answers_, gate_, context_.metrics}, pull_options(config_)};
  TopicInputs inputs_{{control_, store_, book_, supervisor_, probe_}};
  std::array<std::unique_ptr<kafka::TailReader>, kInputs> readers_;  ///< They call the rest.
  std::optional<FeedPartitions> partitions_;                         ///< Last: it calls them too.
};

NotifierService::NotifierService() = default;
NotifierService::~NotifierService() = default;

void NotifierService::declare(config::Schema& schema) {
  notifier::declare(schema, config_);
}

Status NotifierService::start(runtime::Context& context) {
  auto vault = crypto::VaultPrivateKey::load(config_.vault_key_file);
  if (!vault) return std::move(vault).error();
  auto tls = push_tls(config_, context);
  if (!tls) return std::move(tls).error();
  auto producer = kafka::Producer::create(kafka_client(context.config), {.linger = kSaveLinger});
  if (!producer) return std::move(producer).error();
  engine_ = std::make_unique<Engine>(
      config_,
      context,
      Engine::Made{std::move(vault).value(), std::move(tls).value(), std::move(producer).value()});
  return engine_->start();
}

void NotifierService::stopping() {
  if (engine_) engine_->stopping();
}

void NotifierService::stop() {
  if (engine_) engine_->stop();
}

void NotifierService::reload() {
  if (engine_) engine_->reload();
}

runtime::ServiceSpec NotifierService::spec() {
  return {.name = "notifier",
          .about = "Pushes each issuer the watchlist of its own cards, and keeps it current.",
          .make = [] { return std::make_unique<NotifierService>(); }};
}

}  // namespace cw::notifier
