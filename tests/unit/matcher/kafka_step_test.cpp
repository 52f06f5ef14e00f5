#include "matcher/kafka_step.hpp"

#include "domain_samples.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/record.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace cw::matcher {
namespace {

constexpr std::int32_t kPartition = 3;
constexpr std::int32_t kWatchlistPartitions = 4;

const Topics kTopics{.exposures = "p.exposures.v1",
                     .reports = "p.reports.v1",
                     .control = "p.control.v1",
                     .matches = "p.matches.v1",
                     .watchlist = "p.watchlist.v1",
                     .quarantine = "p.quarantine.v1"};

struct Output {
  std::string topic;
  std::int32_t partition;
  std::string key;
  std::string value;
};

class Sink : public kafka::OutputSink {
 public:
  Status put(std::string_view topic,
             std::int32_t partition,
             std::string_view key,
             std::string_view value) override {
    outputs.push_back({std::string{topic}, partition, std::string{key}, std::string{value}});
    return Ok{};
  }
  [[nodiscard]] std::vector<Output> of(const std::string& topic) const {
    std::vector<Output> found;
    for (const auto& output : outputs) {
      if (output.topic == topic) found.push_back(output);
    }
    return found;
  }

  std::vector<Output> outputs;
};

/// A step with one open partition, and records that outlive the call.
class KafkaStepTest : public ::testing::Test {
 protected:
  KafkaStepTest() {
    step.set_watchlist_partitions(kWatchlistPartitions);
    step.opened(kPartition);
    step.restored(kPartition);
  }

  void add(const std::string& topic, std::string key, std::string value) {
    texts_.push_back(std::move(key));
    const std::string_view kept_key = texts_.back();
    texts_.push_back(std::move(value));
    kafka::RecordView view;
    view.topic = topic;
    view.partition = kPartition;
    view.offset = static_cast<std::int64_t>(records.size()) + 7;
    view.timestamp_ms = 1'248'300'000'000;
    view.key = kept_key;
    view.value = texts_.back();
    records.push_back(view);
  }

  telemetry::Registry registry;
  Probe probe{registry};
  KafkaStep step{kTopics, 2, probe};
  Sink sink;
  std::vector<kafka::RecordView> records;

 private:
  std::deque<std::string> texts_;
};

TEST_F(KafkaStepTest, PoisonIsQuarantinedAndTheRestGoesOn) {
  test::HistoryGenerator random{4711};
  auto history = random.make(1);
  while (history.exposures.empty()) history = random.make(1);
  const auto& good = history.exposures.front();
  add(kTopics.exposures, "k", "{\"v\":1,");
  add(kTopics.reports, "k", R"({"v":9})");
  add(kTopics.exposures, "00000000000000000000000000000000", codec::encode(good));
  add(kTopics.exposures, good.card.hex(), codec::encode(good));
  ASSERT_TRUE(step.process(records, sink));
  step.committed();

  const auto refused = sink.of(kTopics.quarantine);
  ASSERT_EQ(refused.size(), 3U);
  const Errc codes[] = {Errc::kJsonSyntax, Errc::kSchemaVersion, Errc::kKeyMismatch};
  for (std::size_t at = 0; at < refused.size(); ++at) {
    const auto record = codec::decode_quarantine(refused[at].value).value();
    EXPECT_EQ(record.code, codes[at]);
    EXPECT_EQ(record.source,
              std::string{records[at].topic} + "/3/" + std::to_string(records[at].offset));
    EXPECT_EQ(refused[at].key, record.source);
  }
  EXPECT_EQ(step.cards(), 1U);
}

TEST_F(KafkaStepTest, EntriesGoToThePartitionOfTheirIssuer) {
  test::HistoryGenerator random{4711};
  for (int round = 0; round < 20; ++round) {
    const auto history = random.make(4);
    for (const auto& record : test::control_of(history)) {
      add(kTopics.control, codec::control_key(record), codec::encode(record));
    }
    for (const auto& record : history.exposures) {
      add(kTopics.exposures, record.card.hex(), codec::encode(record));
    }
    for (const auto& report : history.reports) {
      add(kTopics.reports, report.card.hex(), codec::encode(report));
    }
  }
  ASSERT_TRUE(step.process(records, sink));
  const auto entries = sink.of(kTopics.watchlist);
  ASSERT_FALSE(entries.empty());
  for (const auto& output : entries) {
    const auto change = codec::decode_watch(output.value).value();
    EXPECT_EQ(output.partition,
              kafka::partition_of(change.entry.issuer.get(), kWatchlistPartitions));
    EXPECT_EQ(output.key, codec::watch_key(change.entry.issuer, change.entry.card));
  }
  for (const auto& output : sink.of(kTopics.matches)) EXPECT_EQ(output.partition, kPartition);
}

TEST_F(KafkaStepTest, AnAbortedBatchComesAgainWithTheSameOutputs) {
  test::HistoryGenerator random{4712};
  auto history = random.make(4);
  while (history.exposures.empty()) history = random.make(4);
  for (const auto& record : history.exposures) {
    add(kTopics.exposures, record.card.hex(), codec::encode(record));
  }
  for (const auto& record : test::control_of(history)) {
    add(kTopics.control, codec::control_key(record), codec::encode(record));
  }
  ASSERT_TRUE(step.process(records, sink));
  step.aborted();
  EXPECT_EQ(step.cards(), 0U);
  Sink again;
  ASSERT_TRUE(step.process(records, again));
  step.committed();
  EXPECT_EQ(again.outputs.size(), sink.outputs.size());
  EXPECT_GT(step.cards(), 0U);
}

TEST_F(KafkaStepTest, AClosedPartitionIsForgotten) {
  test::HistoryGenerator random{4711};
  auto history = random.make(1);
  while (history.exposures.empty()) history = random.make(1);
  const auto& record = history.exposures.front();
  add(kTopics.exposures, record.card.hex(), codec::encode(record));
  step.restore(records);
  step.restored(kPartition);
  EXPECT_EQ(step.cards(), 1U);
  step.closed(kPartition);
  EXPECT_EQ(step.cards(), 0U);
}

}  // namespace
}  // namespace cw::matcher
