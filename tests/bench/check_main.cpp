// cw_bench_check: whether what was written is what the workload must give.
#include "bench/options.hpp"
#include "bench/output_fold.hpp"
#include "bench/rd.hpp"
#include "bench/workload.hpp"

#include <rapidjson/document.h>

#include <cinttypes>
#include <functional>
#include <map>

namespace cw::bench {
namespace {

constexpr int kWaitMs = 30'000;

struct Options {
  WorkloadOptions workload;
  Cluster cluster;
  std::string matches = "matches.v1";  ///< Empty: do not read.
  std::string watchlist = "watchlist.v1";
  std::string counts;  ///< Topic of running counts, as the peer writes them.
  bool wide = false;
  std::uint64_t spoil = 0;
};

using Take = std::function<bool(std::string_view key, std::string_view value)>;

struct Volume {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// Everything committed in a topic, from its start to its end.
Volume read_all(const Options& options, const std::string& name, const Take& take) {
  Volume volume;
  const auto topic = options.cluster.topic(name.c_str());
  const auto client = rd_consumer(options.cluster.brokers,
                                  128,
                                  {{"group.id", "bench-check"}, {"enable.partition.eof", "true"}});
  const auto ends = rd_ends(client.get(), topic);
  const RdPartitions all{rd_kafka_topic_partition_list_new(static_cast<int>(ends.size()))};
  for (std::size_t at = 0; at < ends.size(); ++at) {
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), static_cast<int>(at))->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_check(rd_kafka_assign(client.get(), all.get()), "assign");
  for (std::size_t ended = 0; ended < ends.size();) {
    const RdMessage message{rd_kafka_consumer_poll(client.get(), kWaitMs)};
    if (!message) give_up("no end of " + topic);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ++ended;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    ++volume.records;
    volume.bytes += message->len;
    if (!take({static_cast<const char*>(message->key), message->key_len},
              {static_cast<const char*>(message->payload), message->len})) {
      give_up("an unreadable record in " + topic);
    }
  }
  rd_kafka_consumer_close(client.get());
  return volume;
}

/// The peer's running counts: key "<partition>", value {"outcomes":[5 numbers],"reported":n}; the
/// last of each partition stands.
bool fold_counts(const Options& options, Expectation& out) {
  std::map<std::string, std::array<std::uint64_t, kOutcomes + 1>> last;
  read_all(options, options.counts, [&](std::string_view key, std::string_view value) {
    rapidjson::Document document;
    document.Parse(value.data(), value.size());
    if (document.HasParseError() || !document.IsObject()) return false;
    auto& row = last[std::string{key}];
    for (unsigned at = 0; at < kOutcomes; ++at) row[at] = document["outcomes"][at].GetUint64();
    row[kOutcomes] = document["reported"].GetUint64();
    return true;
  });
  for (const auto& [partition, row] : last) {
    for (std::size_t at = 0; at < kOutcomes; ++at) out.standing[at] += row[at];
    out.reported_cards += row[kOutcomes];
  }
  return !last.empty();
}

void print(const char* name, const Expectation& it) {
  const auto array = [](const char* key, const auto& numbers, const char* end) {
    std::printf("\"%s\": [", key);
    for (std::size_t at = 0; at < numbers.size(); ++at) {
      std::printf("%s%" PRIu64, at == 0 ? "" : ", ", numbers[at]);
    }
    std::printf("]%s", end);
  };
  std::printf("\"%s\": {", name);
  array("active", it.active, ", ");
  array("inactive", it.inactive, ", ");
  array("standing", it.standing, ", ");
  array("watched", it.watched, ", ");
  std::printf("\"reported_cards\": %" PRIu64 "}", it.reported_cards);
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Compares what was written to the output topics with what the workload must give"};
  add_workload_options(app, options.workload);
  add_cluster_options(app, options.cluster);
  app.add_option("--matches", options.matches, "topic of facts; empty: none")
      ->capture_default_str();
  app.add_option("--watchlist", options.watchlist, "topic of entries; empty: none")
      ->capture_default_str();
  app.add_option("--counts", options.counts, "topic of the peer's running counts");
  app.add_flag("--wide", options.wide, "the wider scope was approved too");
  app.add_option("--spoil", options.spoil, "expect so many more than is right, for a test");
  parse_or_exit(app, argc, argv);
  return options;
}

/// Prints both and which parts are equal; the caller knows which parts its run wrote whole.
int run(const Options& options) {
  auto expected = Workload{options.workload}.expected(options.wide);
  expected.active[0] += options.spoil;
  expected.standing[0] += options.spoil;
  expected.watched[0] += options.spoil;
  expected.reported_cards += options.spoil;
  OutputFold fold;
  Volume matches;
  Volume watch;
  if (!options.matches.empty()) {
    matches = read_all(
        options, options.matches, [&](auto, auto value) { return fold.add_matches(value); });
  }
  if (!options.watchlist.empty()) {
    watch = read_all(
        options, options.watchlist, [&](auto, auto value) { return fold.add_watch(value); });
  }
  auto found = fold.result();
  if (!options.counts.empty()) {
    found.reported_cards = 0;
    if (!fold_counts(options, found)) give_up("no counts");
  }
  const auto word = [](bool equal) { return equal ? "true" : "false"; };
  std::printf(
      "{\"facts_equal\": %s, \"watched_equal\": %s, \"reported_equal\": %s, "
      "\"standing_equal\": %s, \"facts_read\": %" PRIu64 ", \"retracted\": %" PRIu64 ", ",
      word(expected.active == found.active && expected.inactive == found.inactive),
      word(expected.watched == found.watched),
      word(expected.reported_cards == found.reported_cards),
      word(expected.standing == found.standing),
      fold.facts_read(),
      fold.retracted());
  std::printf("\"matches_records\": %" PRIu64 ", \"matches_bytes\": %" PRIu64
              ", \"watch_records\": %" PRIu64 ", \"watch_bytes\": %" PRIu64 ", ",
              matches.records,
              matches.bytes,
              watch.records,
              watch.bytes);
  print("expected", expected);
  std::printf(", ");
  print("found", found);
  std::printf("}\n");
  return 0;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  return cw::bench::run(cw::bench::parse(argc, argv));
}
