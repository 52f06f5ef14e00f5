#include "matcher/matcher_service.hpp"

#include "lib/kafka/admin.hpp"
#include "lib/kafka/disposition.hpp"
#include "lib/kafka/log_bridge.hpp"
#include "lib/telemetry/logger.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cw::matcher {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kAdminWait{2};
constexpr std::chrono::milliseconds kAdminPause{200};
const telemetry::Logger kLog{"matcher"};

kafka::ClientOptions client_options(const runtime::CommonConfig& config) {
  kafka::ClientOptions options;
  options.brokers = config.kafka.brokers;
  options.client_id = "cardwatch-matcher";
  options.properties = config.kafka.properties;
  options.log = kafka::log_to_telemetry();
  return options;
}

std::vector<std::string> topics_of(const runtime::CommonConfig& config,
                                   std::span<const std::string_view> names) {
  std::vector<std::string> topics;
  for (const auto name : names) topics.push_back(config.topic(name));
  return topics;
}

std::string_view name(kafka::TransactionOutcome outcome) {
  switch (outcome) {
    case kafka::TransactionOutcome::kCommitted:
      return "committed";
    case kafka::TransactionOutcome::kAborted:
      return "aborted";
    case kafka::TransactionOutcome::kIndefinite:
      return "indefinite";
  }
  return "unknown";
}

std::string two_digits(std::uint32_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

void note_transaction(Probe& probe, const kafka::TransactionReport& report) {
  probe.transaction(name(report.outcome));
  probe.processed(report.process_time);
  if (report.outcome != kafka::TransactionOutcome::kCommitted) return;
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto age_ms = std::max<std::int64_t>(0, now_ms.count() - report.newest_timestamp_ms);
  constexpr double kMsPerSecond = 1000;
  probe.committed(report.commit_time, static_cast<double>(age_ms) / kMsPerSecond);
}

}  // namespace

runtime::ServiceSpec MatcherService::spec() {
  runtime::ServiceSpec spec;
  spec.name = "matcher";
  spec.about = "Matches reports with exposed cards, exactly once, and keeps the issuers' lists.";
  spec.listener = runtime::Uses::kNo;
  spec.make = [] { return std::make_unique<MatcherService>(); };
  return spec;
}

MatcherService::~MatcherService() {
  stop();
}

Status MatcherService::start(runtime::Context& context) {
  probe_.emplace(context.metrics);
  client_ = client_options(context.config);
  reports_topic_ = context.config.topic(kInputNames[kReports]);
  watchlist_topic_ = context.config.topic(kOutputNames[kWatchlist]);
  fail_ = context.fail;
  for (std::uint32_t number = 0; number < config_.lane_count(); ++number) {
    add_lane(context, number);
  }
  add_checks(context);
  for (auto& lane : lanes_) lane->thread = std::thread{[this, &lane] { run_lane(*lane); }};
  return Ok{};
}

void MatcherService::add_lane(const runtime::Context& context, std::uint32_t number) {
  const auto& prefix = context.config.kafka.topic_prefix;
  auto lane = std::make_unique<Lane>(
      *probe_, PoisonLimits{config_.poison_percent_max, config_.poison_window_records});
  lane->name = config_.instance + "-" + two_digits(number);
  if (!config_.state_dir.empty()) {
    lane->step.keep_state({.folder = std::filesystem::path{config_.state_dir} / lane->name,
                           .origin = prefix + config_.group,
                           .format = kStateFormat,
                           .rules = kRulesVersion,
                           .save_interval = config_.state_save_interval});
  }
  kafka::TransactionLoopOptions options;
  options.client = client_;
  options.client.client_id += "-" + lane->name;
  options.group_id = prefix + config_.group;
  options.instance_id = lane->name;
  options.topics = topics_of(context.config, kInputNames);
  options.output_topics = topics_of(context.config, kOutputNames);
  options.batch_records_max = config_.batch_records_max;
  options.batch_wait = config_.batch_wait;
  options.transaction_timeout = config_.transaction_timeout;
  options.session_timeout = config_.session_timeout;
  options.prefetch_kilobytes = config_.prefetch_bytes >> 10U;
  options.on_transaction = [this](const kafka::TransactionReport& report) {
    note_transaction(*probe_, report);
  };
  options.on_event = [name = lane->name, throttle = std::make_shared<telemetry::Throttle>()](
                         const std::string& event) {
    kLog.warn_throttled(*throttle, "lane_event", "lane", {{"lane", name}, {"what", event}});
  };
  options.on_held = [name = lane->name](const Error& why) {
    kLog.alarm("MATCHER_POISONED",
               "too much of a topic cannot be used: nothing is committed until a restart",
               {{"lane", name}, {"detail", why.detail}});
  };
  lane->loop = std::make_unique<kafka::TransactionLoop>(std::move(options), lane->step);
  lanes_.push_back(std::move(lane));
}

void MatcherService::run_lane(Lane& lane) {
  if (!find_partitions(lane)) return;
  const auto status = lane.loop->run();
  if (status) return;
  kLog.alarm(
      "MATCHER_LANE_STOPPED",
      "a lane must stop; the process ends and is to be restarted",
      {{"lane", lane.name}, {"code", status.error().code}, {"detail", status.error().detail}});
  fail_(status.error());
}

// The number of the watchlist's partitions decides where an issuer's entries go, that of the inputs
// what a partition's state is about. False: stopping.
bool MatcherService::find_partitions(Lane& lane) {
  telemetry::Throttle throttle;
  while (!stopping_) {
    const auto status = look_up_partitions(lane);
    if (status) return true;
    if (kafka::disposition(status.error().code) != kafka::Disposition::kRetry) {
      fail_(status.error());
      return false;
    }
    kLog.warn_throttled(throttle,
                        "waiting_for_kafka",
                        "the topics cannot be looked up yet",
                        {{"code", status.error().code}, {"detail", status.error().detail}});
    std::this_thread::sleep_for(kAdminPause);
  }
  return false;
}

Status MatcherService::look_up_partitions(Lane& lane) const {
  auto admin = kafka::Admin::create(client_);
  if (!admin) return std::move(admin).error();
  auto watchlist = admin.value()->partition_count(watchlist_topic_, kAdminWait);
  if (!watchlist) return std::move(watchlist).error();
  auto inputs = admin.value()->partition_count(reports_topic_, kAdminWait);
  if (!inputs) return std::move(inputs).error();
  lane.step.set_watchlist_partitions(watchlist.value());
  lane.step.set_partitions(inputs.value());
  return Ok{};
}

void MatcherService::stop() {
  stopping_ = true;
  for (auto& lane : lanes_) lane->loop->request_stop();
  for (auto& lane : lanes_) {
    if (!lane->thread.joinable()) continue;
    lane->thread.join();
    lane->step.stop();
  }
}

void MatcherService::add_checks(runtime::Context& context) {
  context.health.add_readiness("lanes", [this] { return check_ready(); });
  context.health.add_liveness("lanes", [this] { return check_live(); });
  context.metrics.on_collect([this] { refresh_gauges(); });
}

Status MatcherService::check_ready() const {
  for (const auto& lane : lanes_) {
    const auto snapshot = lane->loop->snapshot();
    switch (snapshot.state) {
      case kafka::LoopState::kRunning:
      case kafka::LoopState::kIdle:
        continue;
      case kafka::LoopState::kHeld:
        return Error{Errc::kUnavailable, "lane " + lane->name + " is poisoned: " + snapshot.held};
      case kafka::LoopState::kRestoring:
        return Error{Errc::kUnavailable,
                     "lane " + lane->name + " restores, " +
                         std::to_string(snapshot.restore_remaining) + " records to go"};
      default:
        return Error{Errc::kUnavailable, "lane " + lane->name + " has no assignment yet"};
    }
  }
  return Ok{};
}

Status MatcherService::check_live() const {
  for (const auto& lane : lanes_) {
    const auto snapshot = lane->loop->snapshot();
    if (snapshot.last_progress == Clock::time_point{}) continue;  // It waits for Kafka.
    if (Clock::now() - snapshot.last_progress > config_.stall_timeout) {
      return Error{Errc::kInternal, "lane " + lane->name + " has stalled"};
    }
  }
  return Ok{};
}

void MatcherService::refresh_gauges() {
  double cards = 0;
  double unassigned = 0;
  double poisoned = 0;
  kafka::LoopSnapshot sum;
  for (const auto& lane : lanes_) {
    const auto snapshot = lane->loop->snapshot();
    cards += static_cast<double>(lane->step.cards());
    unassigned += static_cast<double>(lane->step.unassigned());
    poisoned += snapshot.state == kafka::LoopState::kHeld ? 1 : 0;
    sum.lag += snapshot.lag;
    sum.restore_remaining += snapshot.restore_remaining;
    sum.rebalances += snapshot.rebalances;
    sum.recreations += snapshot.recreations;
    sum.partitions.insert(
        sum.partitions.end(), snapshot.partitions.begin(), snapshot.partitions.end());
  }
  probe_->cards(cards);
  probe_->unassigned(unassigned);
  probe_->poisoned(poisoned);
  probe_->lag(static_cast<double>(sum.lag));
  probe_->restore_remaining(static_cast<double>(sum.restore_remaining));
  probe_->rebalances(static_cast<double>(sum.rebalances));
  probe_->recreations(static_cast<double>(sum.recreations));
  probe_->partitions(static_cast<double>(sum.partitions.size()));
}

}  // namespace cw::matcher
