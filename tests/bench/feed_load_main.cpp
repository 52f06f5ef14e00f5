// cw_bench_feed_load: writes a watchlist and what opens its card numbers, as the matcher and intake
// would have.
#include "bench/feed_workload.hpp"
#include "bench/options.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/seal.hpp"
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
#include <vector>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kWait{60};

struct Options {
  FeedWorkloadOptions workload;
  Cluster cluster;
  std::string vault;          ///< Public key file; empty: no file loads.
  std::string control;        ///< File of control records, one JSON a line after its key and a tab.
  std::uint64_t first = 0;    ///< Record to begin with.
  std::uint64_t entries = 0;  ///< Records; 0: only control.
  double rate = 0;            ///< Of records a second, skipped ones included; 0: at once.
};

class Loader {
 public:
  explicit Loader(const Options& options) : options_(options), workload_(options.workload) {
    kafka::ProducerOptions settings;
    settings.linger = std::chrono::milliseconds{options.rate > 0 ? 1 : 20};
    const auto client = options.cluster.client("bench-feed-load");
    producer_ = or_give_up(kafka::Producer::create(client, settings), "producer");
    admin_ = or_give_up(kafka::Admin::create(client), "admin");
    for (std::uint32_t file = 0; file < FeedWorkload::kFiles; ++file) {
      keys_.push_back(or_give_up(
          crypto::DataKey::from_bytes(Sensitive{workload_.data_key(file)}, workload_.key_id(file)),
          "data key"));
      sealers_.emplace_back(keys_.back());
    }
  }

  void control() {
    const auto partitions = partition_count("control.v1");
    std::vector<std::pair<std::string, std::string>> records;
    if (!options_.vault.empty()) {
      const auto vault = or_give_up(crypto::VaultPublicKey::load(options_.vault), "vault key");
      for (std::uint32_t file = 0; file < FeedWorkload::kFiles; ++file) {
        auto load = workload_.file_load(file);
        load.wrapped_key = or_give_up(vault.wrap(keys_.at(file)), "wrap");
        records.emplace_back(codec::control_key(load), codec::encode(ControlRecord{load}));
      }
    }
    if (!options_.control.empty()) {
      std::ifstream lines{options_.control};
      for (std::string line; std::getline(lines, line);) {
        const auto tab = line.find('\t');
        if (tab == std::string::npos) give_up("a control record without a key");
        records.emplace_back(line.substr(0, tab), line.substr(tab + 1));
      }
    }
    for (const auto& [key, value] : records) {
      for (std::int32_t partition = 0; partition < partitions; ++partition) {
        put({options_.cluster.topic("control.v1"), key, value, partition, {}});
      }
    }
    finish("control", records.size());
  }

  void entries() {
    const auto partitions = partition_count("watchlist.v1");
    kafka::OutRecord out;
    out.topic = options_.cluster.topic("watchlist.v1");
    std::uint64_t count = 0;
    const auto start = Clock::now();
    for (auto at = options_.first; at < options_.first + options_.entries; ++at) {
      wait_for(start, at - options_.first);
      if (workload_.issuer_of(at) < options_.workload.skip) continue;
      auto change = workload_.change(at);
      const auto pan = or_give_up(Pan::parse(workload_.pan(at)), "card number");
      change.entry.sealed_pan = sealers_.at(workload_.file_of(at)).seal(pan, change.entry.card);
      out.partition = kafka::partition_of(change.entry.issuer.get(), partitions);
      out.key = codec::watch_key(change.entry.issuer, change.entry.card);
      out.value.clear();
      codec::encode_to(out.value, change);
      put(out);
      ++count;
    }
    finish("entries", count);
  }

 private:
  std::int32_t partition_count(const char* topic) {
    return or_give_up(admin_->partition_count(options_.cluster.topic(topic), kWait), topic);
  }

  /// Until record number `number` is due, whatever became of those before it.
  void wait_for(Clock::time_point start, std::uint64_t number) const {
    if (options_.rate <= 0) return;
    const std::chrono::duration<double> due{static_cast<double>(number) / options_.rate};
    const auto at = start + std::chrono::duration_cast<Clock::duration>(due);
    std::mutex mutex;
    std::unique_lock lock{mutex};
    std::condition_variable never;
    never.wait_until(lock, at, [&] { return Clock::now() >= at; });
  }

  void put(const kafka::OutRecord& record) {
    bytes_ += record.value.size();
    const auto done = producer_->produce_wait(record, group_, kWait);
    if (!done) give_up("produce: " + done.error().detail);
  }

  void finish(const char* what, std::size_t records) {
    group_->seal();
    const auto flushed = producer_->flush(kWait);
    if (!flushed || failure_) give_up(failure_.value_or("not all was acknowledged in time"));
    const std::chrono::duration<double> took = Clock::now() - start_;
    std::printf("{\"what\": \"%s\", \"records\": %zu, \"bytes\": %" PRIu64 ", \"seconds\": %.3f}\n",
                what,
                records,
                bytes_,
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
  const FeedWorkload workload_;
  std::vector<crypto::DataKey> keys_;
  std::vector<crypto::Sealer> sealers_;
  std::optional<std::string> failure_;
  std::shared_ptr<kafka::AckGroup> group_ = new_group();
  std::uint64_t bytes_ = 0;
  Clock::time_point start_ = Clock::now();
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<kafka::Producer> producer_;
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Writes a watchlist with sealed card numbers, and the keys that open them"};
  add_cluster_options(app, options.cluster);
  auto& load = options.workload;
  app.add_option("--seed", load.seed, "of the watchlist")->capture_default_str();
  app.add_option("--cards", load.cards, "distinct cards")->capture_default_str();
  app.add_option("--issuers", load.issuers, "issuers")->capture_default_str();
  app.add_option("--big-share", load.big_share, "share of all cards that issuer-00 has");
  app.add_option("--skip", load.skip, "no entries for the first so many issuers");
  app.add_option("--spread", load.spread, "1: cards at random, 0: one after the other");
  app.add_option("--vault", options.vault, "public key that data keys are wrapped to");
  app.add_option("--control", options.control, "control records: key, tab, JSON");
  app.add_option("--first", options.first, "record to begin with");
  app.add_option("--entries", options.entries, "records of the watchlist");
  app.add_option("--rate", options.rate, "records a second, open loop; 0: as fast as it goes");
  parse_or_exit(app, argc, argv);
  return options;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  const auto options = cw::bench::parse(argc, argv);
  cw::bench::Loader loader{options};
  if (!options.vault.empty() || !options.control.empty()) loader.control();
  if (options.entries > 0) loader.entries();
  return 0;
}
