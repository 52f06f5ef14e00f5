// cw_bench_watch: sees from outside how fast a consumer group commits, and prepares groups and
// topics. The same eye for the matcher, for the bare loop and for Kafka Streams.
#include "bench/options.hpp"
#include "bench/rd.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <condition_variable>
#include <mutex>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWaitMs = 10'000;

struct Options {
  Cluster cluster;
  std::string mode = "follow";
  std::string group;
  std::vector<std::string> topics = {"reports.v1"};
  double seconds_max = 300;
  int every_ms = 10;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void pause_for(int milliseconds) {
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable never;
  never.wait_for(lock, std::chrono::milliseconds{milliseconds}, [] { return false; });
}

RdClient member_of(const Options& options) {
  // Reading what is committed must not wait for transactions that are open.
  return rd_client(RD_KAFKA_CONSUMER,
                   options.cluster.brokers,
                   {{"group.id", options.group.empty() ? "bench-watch" : options.group},
                    {"enable.auto.commit", "false"},
                    {"isolation.level", "read_uncommitted"}});
}

std::int64_t committed(rd_kafka_t* client, const rd_kafka_topic_partition_list_t& of) {
  const RdPartitions list{rd_kafka_topic_partition_list_copy(&of)};
  const auto code = rd_kafka_committed(client, list.get(), kWaitMs);
  // A coordinator that is busy is asked again in the next round.
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return -1;
  std::int64_t sum = 0;
  for (int at = 0; at < list->cnt; ++at) {
    sum += std::max<std::int64_t>(list->elems[at].offset, 0);
  }
  return sum;
}

/// Waits until the group has committed the ends that the topics have now; prints when the first
/// commit was seen, at how many records, and when the last.
int follow(const Options& options) {
  const auto client = member_of(options);
  const RdPartitions of{rd_kafka_topic_partition_list_new(16)};
  std::int64_t total = 0;
  for (const auto& topic : options.topics) {
    const auto ends = rd_ends(client.get(), options.cluster.topic(topic.c_str()));
    for (std::size_t at = 0; at < ends.size(); ++at) {
      rd_kafka_topic_partition_list_add(
          of.get(), options.cluster.topic(topic.c_str()).c_str(), static_cast<int>(at));
      total += ends[at];
    }
  }
  const auto start = Clock::now();
  const auto before = std::max<std::int64_t>(committed(client.get(), *of), 0);
  std::printf("{\"watching\": %" PRId64 "}\n", total);
  std::fflush(stdout);
  double first_at = -1;
  std::int64_t first = 0;
  std::int64_t now = before;
  while (now < total && seconds_since(start) < options.seconds_max) {
    pause_for(options.every_ms);
    now = std::max(committed(client.get(), *of), now);
    if (first_at < 0 && now > before) {
      first_at = seconds_since(start);
      first = now;
    }
  }
  const auto last_at = seconds_since(start);
  std::printf("{\"before\": %" PRId64 ", \"first\": %" PRId64
              ", \"first_seconds\": %.4f, \"last\": %" PRId64
              ", \"last_seconds\": %.4f, \"total\": %" PRId64 "}\n",
              before,
              first,
              first_at,
              now,
              last_at,
              total);
  return now >= total ? 0 : 1;
}

/// Commits the present ends of the topics for a group that nobody is in: its members will take
/// all that for processed.
int skip(const Options& options) {
  const auto client = member_of(options);
  const RdPartitions list{rd_kafka_topic_partition_list_new(16)};
  for (const auto& topic : options.topics) {
    const auto name = options.cluster.topic(topic.c_str());
    const auto ends = rd_ends(client.get(), name);
    for (std::size_t at = 0; at < ends.size(); ++at) {
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), static_cast<int>(at))->offset =
          ends[at];
    }
  }
  rd_check(rd_kafka_commit(client.get(), list.get(), 0), "commit");
  return 0;
}

int ends(const Options& options) {
  const auto client = member_of(options);
  for (const auto& topic : options.topics) {
    std::int64_t sum = 0;
    for (const auto end : rd_ends(client.get(), options.cluster.topic(topic.c_str()))) sum += end;
    std::printf("{\"topic\": \"%s\", \"end\": %" PRId64 "}\n", topic.c_str(), sum);
  }
  return 0;
}

/// Deletes topics and waits until they are gone.
int remove(const Options& options) {
  const auto client = rd_client(RD_KAFKA_PRODUCER, options.cluster.brokers, {});
  const RdQueue queue{rd_kafka_queue_new(client.get())};
  std::vector<rd_kafka_DeleteTopic_t*> wanted;
  for (const auto& topic : options.topics) {
    wanted.push_back(rd_kafka_DeleteTopic_new(options.cluster.topic(topic.c_str()).c_str()));
  }
  auto* settings = rd_kafka_AdminOptions_new(client.get(), RD_KAFKA_ADMIN_OP_DELETETOPICS);
  rd_kafka_AdminOptions_set_operation_timeout(settings, kWaitMs, nullptr, 0);
  rd_kafka_DeleteTopics(client.get(), wanted.data(), wanted.size(), settings, queue.get());
  rd_kafka_AdminOptions_destroy(settings);
  auto* event = rd_kafka_queue_poll(queue.get(), 2 * kWaitMs);
  const bool done = event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (event != nullptr) rd_kafka_event_destroy(event);
  for (auto* topic : wanted) rd_kafka_DeleteTopic_destroy(topic);
  return done ? 0 : 1;
}

/// Writes one small record after the other, each when the one before is read back by a consumer:
/// the shortest way through the broker that anything can have.
int round_trip(const Options& options) {
  const auto topic = options.cluster.topic(options.topics.front().c_str());
  const auto producer = rd_client(RD_KAFKA_PRODUCER,
                                  options.cluster.brokers,
                                  {{"linger.ms", "0"}, {"enable.idempotence", "true"}});
  const auto consumer = rd_consumer(options.cluster.brokers, 16, {{"group.id", "bench-trip"}});
  const auto at = rd_ends(consumer.get(), topic);
  const RdPartitions list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = at[0];
  rd_check(rd_kafka_assign(consumer.get(), list.get()), "assign");
  const RdTopic handle{rd_kafka_topic_new(producer.get(), topic.c_str(), nullptr)};
  constexpr std::size_t kTrips = 2'000;
  std::vector<double> took;
  std::string text(284, 'x');
  const auto start = Clock::now();
  while (took.size() < kTrips && seconds_since(start) < options.seconds_max) {
    const auto sent = Clock::now();
    if (rd_kafka_produce(
            handle.get(), 0, RD_KAFKA_MSG_F_COPY, text.data(), text.size(), nullptr, 0, nullptr) !=
        0) {
      give_up("produce");
    }
    rd_kafka_poll(producer.get(), 0);
    const RdMessage message{rd_kafka_consumer_poll(consumer.get(), kWaitMs)};
    if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up("the record did not come");
    took.push_back(seconds_since(sent) * 1000);
  }
  rd_kafka_consumer_close(consumer.get());
  std::sort(took.begin(), took.end());
  std::printf("{\"trips\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
              took.size(),
              took[took.size() / 2],
              took[took.size() * 99 / 100]);
  return 0;
}

/// All committed records as lines of topic, partition, offset, time of writing, key and value.
int list(const Options& options) {
  const auto client = rd_consumer(
      options.cluster.brokers, 256, {{"group.id", "bench-list"}, {"enable.partition.eof", "true"}});
  const RdPartitions all{rd_kafka_topic_partition_list_new(16)};
  for (const auto& name : options.topics) {
    const auto topic = options.cluster.topic(name.c_str());
    const auto partitions = rd_ends(client.get(), topic).size();
    for (std::size_t at = 0; at < partitions; ++at) {
      rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), static_cast<int>(at))->offset = 0;
    }
  }
  rd_check(rd_kafka_assign(client.get(), all.get()), "assign");
  for (int left = all->cnt; left > 0;) {
    const RdMessage message{rd_kafka_consumer_poll(client.get(), kWaitMs)};
    if (!message) give_up("no record came");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      --left;
      continue;
    }
    rd_check(message->err, "reading");
    std::printf("%s\t%d\t%" PRId64 "\t%" PRId64 "\t%.*s\t%.*s\n",
                rd_kafka_topic_name(message->rkt),
                message->partition,
                message->offset,
                rd_kafka_message_timestamp(message.get(), nullptr),
                static_cast<int>(message->key_len),
                static_cast<const char*>(message->key),
                static_cast<int>(message->len),
                static_cast<const char*>(message->payload));
  }
  rd_kafka_consumer_close(client.get());
  return 0;
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Looks at consumer groups and topics from outside"};
  add_cluster_options(app, options.cluster);
  app.add_option("--mode", options.mode, "follow, skip, ends, remove, round-trip or list")
      ->check(CLI::IsMember({"follow", "skip", "ends", "remove", "round-trip", "list"}));
  app.add_option("--group", options.group, "consumer group of follow and skip");
  app.add_option("--topics", options.topics, "without the prefix")->delimiter(',');
  app.add_option("--seconds", options.seconds_max, "give up after")->capture_default_str();
  app.add_option("--every-ms", options.every_ms, "how often follow asks")->capture_default_str();
  parse_or_exit(app, argc, argv);
  return options;
}

int run(const Options& options) {
  if (options.mode == "skip") return skip(options);
  if (options.mode == "ends") return ends(options);
  if (options.mode == "remove") return remove(options);
  if (options.mode == "round-trip") return round_trip(options);
  if (options.mode == "list") return list(options);
  return follow(options);
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  return cw::bench::run(cw::bench::parse(argc, argv));
}
