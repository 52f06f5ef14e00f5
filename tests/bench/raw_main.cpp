// cw_bench_raw: what the broker and librdkafka give without any matching.
#include "bench/json_scan.hpp"
#include "bench/options.hpp"
#include "bench/rd.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <map>
#include <thread>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWaitMs = 30'000;
constexpr int kBatchWaitMs = 10;

std::atomic<bool> g_stop{false};

struct Options {
  Cluster cluster;
  std::string mode = "consume";
  std::string input = "reports.v1";
  bool parse = true;
  std::size_t lanes = 2;
  std::size_t prefetch_mb = 256;
  std::size_t batch_records = 60'000;
  std::string group = "bare";
  std::string out_prefix = "bare.";
  std::vector<std::string> outputs;  ///< "matches.v1=0.5": records for each input record.
};

struct Totals {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> out_records{0};
  std::atomic<std::uint64_t> out_bytes{0};
  std::atomic<std::uint64_t> transactions{0};
  std::atomic<std::int64_t> first_ns{0};
  std::atomic<std::int64_t> last_ns{0};
};

std::int64_t nanoseconds() {
  return Clock::now().time_since_epoch().count();
}

/// One batch from a queue; frees its messages together.
class Batch {
 public:
  Batch(rd_kafka_queue_t* queue, std::size_t records_max, int wait_ms) : messages_(records_max) {
    const auto count =
        rd_kafka_consume_batch_queue(queue, wait_ms, messages_.data(), messages_.size());
    messages_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  ~Batch() {
    for (auto* message : messages_) rd_kafka_message_destroy(message);
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Parses each; returns how many were records.
  std::size_t take(const Options& options, Totals& totals) const {
    std::size_t records = 0;
    std::uint64_t bytes = 0;
    for (const auto* message : messages_) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      const std::string_view value{static_cast<const char*>(message->payload), message->len};
      if (options.parse && !scan_report(value).valid) give_up("a report that is no JSON");
      bytes += value.size();
      ++records;
    }
    totals.records += records;
    totals.bytes += bytes;
    return records;
  }

  [[nodiscard]] const std::vector<rd_kafka_message_t*>& messages() const { return messages_; }

 private:
  std::vector<rd_kafka_message_t*> messages_;
};

// (a) Consume and parse.

void consume_lane(const Options& options, std::size_t lane, Totals& totals) {
  const auto topic = options.cluster.topic(options.input.c_str());
  const auto client =
      rd_consumer(options.cluster.brokers, options.prefetch_mb, {{"group.id", "bench-raw"}});
  const auto ends = rd_ends(client.get(), topic);
  const RdPartitions mine{rd_kafka_topic_partition_list_new(static_cast<int>(ends.size()))};
  std::uint64_t left = 0;
  for (std::size_t partition = lane; partition < ends.size(); partition += options.lanes) {
    rd_kafka_topic_partition_list_add(mine.get(), topic.c_str(), static_cast<int>(partition))
        ->offset = RD_KAFKA_OFFSET_BEGINNING;
    left += static_cast<std::uint64_t>(ends[partition]);
  }
  const RdQueue queue{rd_kafka_queue_get_consumer(client.get())};
  rd_check(rd_kafka_assign(client.get(), mine.get()), "assign");
  while (left > 0 && !g_stop) {
    const Batch batch{queue.get(), options.batch_records, kBatchWaitMs};
    std::int64_t none = 0;
    if (!batch.messages().empty()) totals.first_ns.compare_exchange_strong(none, nanoseconds());
    const auto records = batch.take(options, totals);
    left -= std::min<std::uint64_t>(left, records);
  }
  totals.last_ns = nanoseconds();
  rd_kafka_consumer_close(client.get());
}

// (b) The bare exactly-once loop.

/// Real outputs of an earlier run of the matcher, given out again in a circle.
class Replay {
 public:
  Replay(const Options& options, const std::string& output) {
    const auto sign = output.find('=');
    if (sign == std::string::npos) give_up("--out TOPIC=RECORDS_FOR_EACH_INPUT");
    topic_ = output.substr(0, sign);
    per_input_ = std::stod(output.substr(sign + 1));
    if (per_input_ > 0) read(options, options.cluster.topic(topic_.c_str()));
  }

  struct Sample {
    std::string key;
    std::string value;
  };

  [[nodiscard]] const std::string& topic() const { return topic_; }
  /// How many records are due after `inputs` more.
  [[nodiscard]] std::size_t due(std::size_t inputs, double& owed) const {
    owed += per_input_ * static_cast<double>(inputs);
    const auto whole = static_cast<std::size_t>(owed);
    owed -= static_cast<double>(whole);
    return whole;
  }
  [[nodiscard]] const Sample& sample(std::size_t number) const {
    return samples_[number % samples_.size()];
  }

 private:
  void read(const Options& options, const std::string& topic) {
    constexpr std::size_t kBytesMax = 64U << 20U;
    const auto client =
        rd_consumer(options.cluster.brokers,
                    64,
                    {{"group.id", "bench-raw-sample"}, {"enable.partition.eof", "true"}});
    const auto ends = rd_ends(client.get(), topic);
    const RdPartitions all{rd_kafka_topic_partition_list_new(static_cast<int>(ends.size()))};
    for (std::size_t at = 0; at < ends.size(); ++at) {
      rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), static_cast<int>(at))->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_check(rd_kafka_assign(client.get(), all.get()), "assign");
    std::size_t bytes = 0;
    for (std::size_t ended = 0; ended < ends.size() && bytes < kBytesMax;) {
      const RdMessage message{rd_kafka_consumer_poll(client.get(), kWaitMs)};
      if (!message) give_up("no sample of " + topic);
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ++ended;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      samples_.push_back({{static_cast<const char*>(message->key), message->key_len},
                          {static_cast<const char*>(message->payload), message->len}});
      bytes += message->len;
    }
    rd_kafka_consumer_close(client.get());
    if (samples_.empty()) give_up("nothing to replay in " + topic);
  }

  std::string topic_;
  double per_input_ = 0;
  std::vector<Sample> samples_;
};

class BareLane {
 public:
  BareLane(const Options& options,
           const std::vector<Replay>& replays,
           std::size_t number,
           Totals& totals)
      : options_(options), replays_(replays), totals_(totals), owed_(replays.size()) {
    const auto name = options.group + "-" + std::to_string(number);
    consumer_ = rd_consumer(options.cluster.brokers,
                            options.prefetch_mb,
                            {{"group.id", options.group},
                             {"group.instance.id", name},
                             {"partition.assignment.strategy", "range"},
                             {"max.poll.interval.ms", "600000"}});
    producer_ = rd_client(RD_KAFKA_PRODUCER,
                          options.cluster.brokers,
                          {{"transactional.id", name},
                           {"transaction.timeout.ms", "60000"},
                           {"compression.codec", "lz4"},
                           {"batch.size", "1000000"},
                           {"batch.num.messages", "100000"},
                           {"linger.ms", "500"},
                           {"retry.backoff.ms", "5"},
                           {"queue.buffering.max.messages", "4000000"},
                           {"queue.buffering.max.kbytes", "2097151"}});
    for (const auto& replay : replays) {
      const auto topic = options.out_prefix + replay.topic();
      topics_.emplace_back(rd_kafka_topic_new(producer_.get(), topic.c_str(), nullptr));
      partitions_.push_back(static_cast<std::int32_t>(rd_ends(producer_.get(), topic).size()));
    }
    rd_check(rd_kafka_init_transactions(producer_.get(), kWaitMs), "init_transactions");
  }

  void run(std::int64_t all_records) {
    const RdPartitions topics{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(
        topics.get(), options_.cluster.topic(options_.input.c_str()).c_str(), -1);
    rd_check(rd_kafka_subscribe(consumer_.get(), topics.get()), "subscribe");
    const RdQueue queue{rd_kafka_queue_get_consumer(consumer_.get())};
    while (!g_stop && static_cast<std::int64_t>(totals_.records) < all_records) {
      const Batch batch{queue.get(), options_.batch_records, kBatchWaitMs};
      if (!batch.messages().empty()) work(batch);
    }
    rd_kafka_consumer_close(consumer_.get());
  }

 private:
  void work(const Batch& batch) {
    std::int64_t none = 0;
    totals_.first_ns.compare_exchange_strong(none, nanoseconds());
    rd_check(rd_kafka_begin_transaction(producer_.get()), "begin");
    const auto records = batch.take(options_, totals_);
    std::int32_t partition = 0;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> next;
    for (const auto* message : batch.messages()) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      partition = message->partition;
      next[{rd_kafka_topic_name(message->rkt), message->partition}] = message->offset + 1;
    }
    for (std::size_t at = 0; at < replays_.size(); ++at) {
      auto count = replays_[at].due(records, owed_[at]);
      while (count-- > 0) put(at, partition);
    }
    commit(next);
    totals_.last_ns = nanoseconds();
    ++totals_.transactions;
  }

  void put(std::size_t output, std::int32_t partition) {
    const auto& sample = replays_[output].sample(sent_++);
    // A lane writes facts to its own partition and entries to all.
    const auto to = static_cast<std::int32_t>(static_cast<std::size_t>(partition) + sent_) %
                    partitions_[output];
    auto* payload = const_cast<char*>(sample.value.data());  // Copied, not written.
    while (rd_kafka_produce(topics_[output].get(),
                            to,
                            RD_KAFKA_MSG_F_COPY,
                            payload,
                            sample.value.size(),
                            sample.key.data(),
                            sample.key.size(),
                            nullptr) != 0) {
      rd_kafka_poll(producer_.get(), kBatchWaitMs);
    }
    ++totals_.out_records;
    totals_.out_bytes += sample.value.size();
  }

  void commit(const std::map<std::pair<std::string, std::int32_t>, std::int64_t>& next) {
    const RdPartitions offsets{rd_kafka_topic_partition_list_new(static_cast<int>(next.size()))};
    for (const auto& [where, offset] : next) {
      rd_kafka_topic_partition_list_add(offsets.get(), where.first.c_str(), where.second)->offset =
          offset;
    }
    auto* member = rd_kafka_consumer_group_metadata(consumer_.get());
    rd_check(rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), member, kWaitMs),
             "offsets");
    rd_kafka_consumer_group_metadata_destroy(member);
    rd_check(rd_kafka_commit_transaction(producer_.get(), kWaitMs), "commit");
  }

  const Options& options_;
  const std::vector<Replay>& replays_;
  Totals& totals_;
  std::vector<double> owed_;
  std::size_t sent_ = 0;
  RdClient consumer_;
  RdClient producer_;
  std::vector<RdTopic> topics_;
  std::vector<std::int32_t> partitions_;
};

void run_bare(const Options& options, Totals& totals) {
  std::vector<Replay> replays;
  for (const auto& output : options.outputs) replays.emplace_back(options, output);
  std::int64_t all = 0;
  {
    const auto probe = rd_client(RD_KAFKA_PRODUCER, options.cluster.brokers, {});
    for (const auto end : rd_ends(probe.get(), options.cluster.topic(options.input.c_str()))) {
      all += end;
    }
  }
  std::vector<std::thread> threads;
  for (std::size_t lane = 0; lane < options.lanes; ++lane) {
    threads.emplace_back([&, lane] { BareLane{options, replays, lane, totals}.run(all); });
  }
  for (auto& thread : threads) thread.join();
}

void run_consume(const Options& options, Totals& totals) {
  std::vector<std::thread> threads;
  for (std::size_t lane = 0; lane < options.lanes; ++lane) {
    threads.emplace_back([&, lane] { consume_lane(options, lane, totals); });
  }
  for (auto& thread : threads) thread.join();
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Consumes the reports without matching, as a bound on what matching can reach"};
  add_cluster_options(app, options.cluster);
  app.add_option("--mode", options.mode, "consume, or bare: with transactions and outputs")
      ->check(CLI::IsMember({"consume", "bare"}));
  app.add_option("--input", options.input, "topic, without the prefix")->capture_default_str();
  app.add_flag("!--no-parse", options.parse, "consume only");
  app.add_option("--lanes", options.lanes, "threads, each with a consumer")->capture_default_str();
  app.add_option("--prefetch-mb", options.prefetch_mb, "of each lane")->capture_default_str();
  app.add_option("--batch-records", options.batch_records, "most records of one transaction")
      ->capture_default_str();
  app.add_option("--group", options.group, "consumer group of bare")->capture_default_str();
  app.add_option("--out-prefix", options.out_prefix, "of the topics that bare writes")
      ->capture_default_str();
  app.add_option("--out", options.outputs, "TOPIC=RECORDS_FOR_EACH_INPUT, replayed from --prefix");
  parse_or_exit(app, argc, argv);
  return options;
}

void print(const Totals& totals) {
  const auto seconds = static_cast<double>(totals.last_ns - totals.first_ns) / 1e9;
  std::printf("{\"records\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"out_records\": %" PRIu64
              ", \"out_bytes\": %" PRIu64 ", \"transactions\": %" PRIu64
              ", \"seconds\": %.6f, \"rate\": %.0f}\n",
              totals.records.load(),
              totals.bytes.load(),
              totals.out_records.load(),
              totals.out_bytes.load(),
              totals.transactions.load(),
              seconds,
              seconds > 0 ? static_cast<double>(totals.records) / seconds : 0.0);
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  using cw::bench::g_stop;
  const auto options = cw::bench::parse(argc, argv);
  std::signal(SIGTERM, [](int) { g_stop = true; });
  cw::bench::Totals totals;
  (options.mode == "bare" ? cw::bench::run_bare : cw::bench::run_consume)(options, totals);
  cw::bench::print(totals);
  return g_stop ? 1 : 0;
}
