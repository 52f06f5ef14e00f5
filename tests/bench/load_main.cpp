// cw_bench_load: writes the workload to the topics of a broker, or as CSV.
#include "bench/options.hpp"
#include "bench/workload.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"

#include <chrono>
#include <cinttypes>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds kWait{60};

struct Options {
  WorkloadOptions workload;
  Cluster cluster;
  std::string parts = "control,exposures,reports";
  std::string csv;
  std::uint64_t first_report = 0;
  std::uint32_t revision = 2;
  double rate = 0;  ///< Reports a second; 0: as fast as it goes.
};

/// Waits for the time at which the n-th record is due, whatever became of those before it.
class OpenLoop {
 public:
  explicit OpenLoop(double rate) : rate_(rate) {}

  void wait_for(std::uint64_t number) const {
    if (rate_ <= 0) return;
    const std::chrono::duration<double> due{static_cast<double>(number) / rate_};
    const auto at = start_ + std::chrono::duration_cast<Clock::duration>(due);
    std::mutex mutex;
    std::unique_lock lock{mutex};
    std::condition_variable never;
    never.wait_until(lock, at, [&] { return Clock::now() >= at; });
  }

 private:
  double rate_;
  Clock::time_point start_ = Clock::now();
};

class Loader {
 public:
  Loader(const Options& options, const Workload& workload)
      : options_(options), workload_(workload) {
    kafka::ProducerOptions settings;
    settings.linger = std::chrono::milliseconds{options.rate > 0 ? 2 : 20};
    producer_ = or_give_up(kafka::Producer::create(options.cluster.client("bench-load"), settings),
                           "producer");
  }

  void control(const std::vector<ControlRecord>& records) {
    const auto topic = options_.cluster.topic("control.v1");
    auto admin = or_give_up(kafka::Admin::create(options_.cluster.client("bench-load")), "admin");
    const auto partitions = or_give_up(admin->partition_count(topic, kWait), "control topic");
    for (const auto& record : records) {
      for (std::int32_t partition = 0; partition < partitions; ++partition) {
        put({topic, codec::control_key(record), codec::encode(record), partition, {}});
      }
    }
    done("control", records.size());
  }

  void exposures() {
    kafka::OutRecord out;
    out.topic = options_.cluster.topic("exposures.v1");
    for (std::uint64_t at = 0; at < workload_.exposures(); ++at) {
      const auto record = workload_.exposure(at);
      out.key = record.card.hex();
      out.value.clear();
      codec::encode_to(out.value, record);
      put(out);
    }
    done("exposures", workload_.exposures());
  }

  void reports() {
    kafka::OutRecord out;
    out.topic = options_.cluster.topic("reports.v1");
    const OpenLoop pace{options_.rate};
    const auto first = options_.first_report;
    for (auto at = first; at < options_.workload.reports; ++at) {
      const auto record = workload_.report(at);
      out.key = record.card.hex();
      out.value.clear();
      codec::encode_to(out.value, record);
      pace.wait_for(at - first);
      put(out);
    }
    done("reports", options_.workload.reports - first);
  }

 private:
  void put(const kafka::OutRecord& record) {
    bytes_ += record.value.size();
    or_give_up(producer_->produce_wait(record, group_, kWait), "produce");
  }

  void done(const char* what, std::uint64_t records) {
    group_->seal();
    or_give_up(producer_->flush(kWait), "flush");
    if (failure_) give_up("not acknowledged: " + *failure_);
    const std::chrono::duration<double> took = Clock::now() - start_;
    std::printf("{\"part\": \"%s\", \"records\": %" PRIu64
                ", \"mean_bytes\": %.1f, \"seconds\": %.3f}\n",
                what,
                records,
                records == 0 ? 0.0 : static_cast<double>(bytes_) / static_cast<double>(records),
                took.count());
    std::fflush(stdout);
    bytes_ = 0;
    start_ = Clock::now();
    group_ = new_group();
  }

  std::shared_ptr<kafka::AckGroup> new_group() {
    return std::make_shared<kafka::AckGroup>([this](const Status& status) {
      if (!status) failure_ = status.error().detail;
    });
  }

  const Options& options_;
  const Workload& workload_;
  std::optional<std::string> failure_;
  std::shared_ptr<kafka::AckGroup> group_ = new_group();
  std::uint64_t bytes_ = 0;
  Clock::time_point start_ = Clock::now();
  std::unique_ptr<kafka::Producer> producer_;
};

void write_csv(const Options& options, const Workload& workload) {
  std::ofstream file{options.csv, std::ios::binary};
  file << workload.csv_header();
  for (std::uint64_t card = 0; card < options.workload.cards; ++card) {
    file << workload.csv_row(card);
  }
  if (!file.flush()) give_up("cannot write " + options.csv);
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Writes the workload of the benchmarks to Kafka, or its cards as CSV"};
  add_workload_options(app, options.workload);
  app.add_option("--brokers", options.cluster.brokers, "host:port of Kafka");
  app.add_option("--prefix", options.cluster.prefix, "put before each topic's name");
  app.add_option("--parts", options.parts, "of control, exposures, reports, rescope")
      ->capture_default_str();
  app.add_option("--revision", options.revision, "scope revision of rescope, from 2")
      ->capture_default_str();
  app.add_option("--first-report", options.first_report, "go on from this one");
  app.add_option("--rate", options.rate, "reports a second, open loop; 0: as fast as it goes");
  app.add_option("--csv", options.csv, "write the cards to this file instead");
  parse_or_exit(app, argc, argv);
  if (options.csv.empty() && options.cluster.brokers.empty()) give_up("--brokers or --csv");
  return options;
}

void run(const Options& options) {
  const Workload workload{options.workload};
  if (!options.csv.empty()) {
    write_csv(options, workload);
    return;
  }
  Loader loader{options, workload};
  const auto wanted = [&](std::string_view part) {
    return ("," + options.parts + ",").find("," + std::string{part} + ",") != std::string::npos;
  };
  if (wanted("control")) loader.control(workload.control());
  if (wanted("exposures")) loader.exposures();
  if (wanted("reports")) loader.reports();
  if (wanted("rescope")) loader.control(workload.rescope(options.revision));
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  cw::bench::run(cw::bench::parse(argc, argv));
  return 0;
}
