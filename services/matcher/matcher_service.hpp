#pragma once

#include "lib/kafka/transaction_loop.hpp"
#include "lib/runtime/service.hpp"
#include "matcher/config.hpp"
#include "matcher/kafka_step.hpp"
#include "matcher/probe.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cw::matcher {

/// The matcher process: lanes of exactly-once processing, each in a thread of its own, all in one
/// consumer group. Ready when every lane has restored its partitions or has none; a lane that
/// must stop ends the process, and a restart goes on from what was committed.
class MatcherService : public runtime::Service {
 public:
  [[nodiscard]] static runtime::ServiceSpec spec();

  ~MatcherService() override;
  void declare(config::Schema& schema) override { config_.declare(schema); }
  [[nodiscard]] Status start(runtime::Context& context) override;
  void stop() override;

 private:
  struct Lane {
    Lane(Probe& probe, PoisonLimits poison) : step(probe, poison) {}

    std::string name = {};
    KafkaStep step;
    std::unique_ptr<kafka::TransactionLoop> loop = {};
    std::thread thread = {};
  };

  void add_lane(const runtime::Context& context, std::uint32_t number);
  void run_lane(Lane& lane);
  [[nodiscard]] bool find_partitions(Lane& lane);
  [[nodiscard]] Status look_up_partitions(Lane& lane) const;
  void add_checks(runtime::Context& context);
  [[nodiscard]] Status check_ready() const;
  [[nodiscard]] Status check_live() const;
  void refresh_gauges();

  Config config_;
  std::optional<Probe> probe_;
  kafka::ClientOptions client_;
  std::string reports_topic_;
  std::string watchlist_topic_;
  std::function<void(Error)> fail_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace cw::matcher
