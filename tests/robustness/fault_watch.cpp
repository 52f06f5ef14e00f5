// cw_fault_watch: sees from outside how a consumer group gets on while processes and brokers are
// killed. One JSON line every few milliseconds, until standard output is closed:
// {"t":1.234,"committed":[..],"ends":[..],"behind":7,"members":2}; committed and ends are those of
// reports.v1 by partition, behind is over all inputs. {"t":1.3,"away":true}: no answer.
#include "lib/kafka/admin.hpp"
#include "lib/kafka/group_inspector.hpp"
#include "support/wait.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace cw::faults {
namespace {

using Clock = std::chrono::steady_clock;
using kafka::Position;
using kafka::TopicPartition;

/// A machine under full load answers late; a broker that is away does not answer at all.
constexpr std::chrono::seconds kAsk{5};
constexpr std::chrono::seconds kFirstAsk{60};

struct Options {
  std::string brokers;
  std::string prefix;
  std::string group = "matcher";
  int every_ms = 25;
};

/// What was seen at one moment.
struct Look {
  std::vector<Position> committed;
  std::vector<Position> ends;
  std::size_t members = 0;
};

std::int64_t behind(const Look& look) {
  std::int64_t sum = 0;
  for (std::size_t at = 0; at < look.ends.size(); ++at) {
    sum += std::max<std::int64_t>(
        0, look.ends[at].offset - std::max<std::int64_t>(0, look.committed[at].offset));
  }
  return sum;
}

/// The offsets of a topic's partitions as a JSON array.
std::string offsets(const std::vector<Position>& positions, const std::string& topic) {
  std::string text;
  for (const auto& position : positions) {
    if (position.where.topic != topic) continue;
    text += (text.empty() ? "" : ",") + std::to_string(std::max<std::int64_t>(0, position.offset));
  }
  return "[" + text + "]";
}

class Watch {
 public:
  explicit Watch(const Options& options) : options_(options) {
    connect();
    for (const auto* name : {"exposures.v1", "reports.v1", "control.v1", "answers.v1"}) add(name);
  }

  /// False when nobody listens any more.
  bool run() {
    const auto look = ask();
    const std::chrono::duration<double> since_start = Clock::now() - start_;
    if (!look) {
      std::printf("{\"t\":%.3f,\"away\":true}\n", since_start.count());
      connect();
    } else {
      const auto reports = options_.prefix + "reports.v1";
      std::printf("{\"t\":%.3f,\"committed\":%s,\"ends\":%s,\"behind\":%lld,\"members\":%zu}\n",
                  since_start.count(),
                  offsets(look.value().committed, reports).c_str(),
                  offsets(look.value().ends, reports).c_str(),
                  static_cast<long long>(behind(look.value())),
                  look.value().members);
    }
    return std::fflush(stdout) == 0;
  }

 private:
  /// A client that saw its broker go may take long to find it again; a new one does not.
  void connect() {
    inspector_ = kafka::GroupInspector::create(client(), options_.prefix + options_.group).value();
  }

  kafka::ClientOptions client() const {
    kafka::ClientOptions client;
    client.brokers = options_.brokers;
    client.client_id = "fault-watch";
    return client;
  }

  void add(const char* name) {
    const auto topic = options_.prefix + name;
    const auto count = kafka::Admin::create(client()).value()->partition_count(topic, kFirstAsk);
    for (std::int32_t number = 0; count && number < count.value(); ++number) {
      where_.push_back({topic, number});
    }
  }

  Result<Look> ask() {
    // Ends first: what is behind is then never made smaller than it was.
    auto ends = inspector_->ends(where_, kAsk);
    if (!ends) return std::move(ends).error();
    auto committed = inspector_->committed(where_, kAsk);
    if (!committed) return std::move(committed).error();
    const auto members = inspector_->members(kAsk);
    if (!members) return members.error();
    return Look{std::move(committed).value(), std::move(ends).value(), members.value().count};
  }

  Options options_;
  std::unique_ptr<kafka::GroupInspector> inspector_;
  std::vector<TopicPartition> where_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace
}  // namespace cw::faults

int main(int argc, char** argv) {
  cw::faults::Options options;
  CLI::App app{"Watches how the matchers' group gets on"};
  app.add_option("--brokers", options.brokers, "host:port of Kafka")->required();
  app.add_option("--prefix", options.prefix, "put before topics and group")->required();
  app.add_option("--every-ms", options.every_ms, "how often to look")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  cw::faults::Watch watch{options};
  const auto pause = std::chrono::milliseconds{options.every_ms};
  while (watch.run()) static_cast<void>(cw::test::wait_until([] { return false; }, pause));
  return 0;
}
