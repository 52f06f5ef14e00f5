#include "matcher/kafka_step.hpp"

#include "domain_samples.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/record.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace cw::matcher {
namespace {

constexpr std::int32_t kPartition = 3;
constexpr std::int32_t kWatchlistPartitions = 4;

constexpr std::array<std::string_view, 4> kNames{
    "p.exposures.v1", "p.reports.v1", "p.control.v1", "p.answers.v1"};

struct Written {
  kafka::TopicIndex topic;
  std::int32_t partition;
  std::string key;
  std::string value;
};

class Sink : public kafka::OutputSink {
 public:
  Status put(kafka::TopicIndex topic,
             std::int32_t partition,
             std::string_view key,
             std::string_view value) override {
    outputs.push_back({topic, partition, std::string{key}, std::string{value}});
    return Ok{};
  }
  [[nodiscard]] std::vector<Written> of(Output topic) const {
    std::vector<Written> found;
    for (const auto& output : outputs) {
      if (output.topic == topic) found.push_back(output);
    }
    return found;
  }

  std::vector<Written> outputs;
};

/// A step with one open partition, and records that outlive the call.
class KafkaStepTest : public ::testing::Test {
 protected:
  KafkaStepTest() {
    step.set_watchlist_partitions(kWatchlistPartitions);
    EXPECT_TRUE(step.opened(kPartition).empty());
    step.restored(kPartition, {});
  }

  void add(Input topic, std::string key, std::string value) {
    texts_.push_back(std::move(key));
    const std::string_view kept_key = texts_.back();
    texts_.push_back(std::move(value));
    kafka::RecordView view;
    view.topic = kNames[topic];
    view.topic_index = topic;
    view.partition = kPartition;
    view.offset = static_cast<std::int64_t>(records.size()) + 7;
    view.timestamp_ms = 1'248'300'000'000;
    view.key = kept_key;
    view.value = texts_.back();
    records.push_back(view);
  }

  telemetry::Registry registry;
  Probe probe{registry};
  KafkaStep step{probe};
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
  add(kExposures, "k", "{\"v\":1,");
  add(kReports, "k", R"({"v":9})");
  add(kExposures, "00000000000000000000000000000000", codec::encode(good));
  add(kExposures, good.card.hex(), codec::encode(good));
  ASSERT_TRUE(step.process(records, sink));
  step.committed({});

  const auto refused = sink.of(kQuarantine);
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
      add(kControl, codec::control_key(record), codec::encode(record));
    }
    for (const auto& record : history.exposures) {
      add(kExposures, record.card.hex(), codec::encode(record));
    }
    for (const auto& report : history.reports) {
      add(kReports, report.card.hex(), codec::encode(report));
    }
  }
  ASSERT_TRUE(step.process(records, sink));
  const auto entries = sink.of(kWatchlist);
  ASSERT_FALSE(entries.empty());
  for (const auto& output : entries) {
    const auto change = codec::decode_watch(output.value).value();
    EXPECT_EQ(output.partition,
              kafka::partition_of(change.entry.issuer.get(), kWatchlistPartitions));
    EXPECT_EQ(output.key, codec::watch_key(change.entry.issuer, change.entry.card));
  }
  for (const auto& output : sink.of(kMatches)) EXPECT_EQ(output.partition, kPartition);
}

TEST_F(KafkaStepTest, AnAbortedBatchComesAgainWithTheSameOutputs) {
  test::HistoryGenerator random{4712};
  auto history = random.make(4);
  while (history.exposures.empty()) history = random.make(4);
  for (const auto& record : history.exposures) {
    add(kExposures, record.card.hex(), codec::encode(record));
  }
  for (const auto& record : test::control_of(history)) {
    add(kControl, codec::control_key(record), codec::encode(record));
  }
  ASSERT_TRUE(step.process(records, sink));
  step.aborted();
  EXPECT_EQ(step.cards(), 0U);
  Sink again;
  ASSERT_TRUE(step.process(records, again));
  step.committed({});
  EXPECT_EQ(again.outputs.size(), sink.outputs.size());
  EXPECT_GT(step.cards(), 0U);
}

IssuerAnswer answer_of(const CardRef& card, CardStatus status) {
  return {.issuer = test::kJcb,
          .card = card,
          .seq = 1,
          .status = status,
          .received_at = test::at("2009-08-01T00:00:00Z")};
}

TEST_F(KafkaStepTest, AnAnswerThatReleasesACardRemovesItsEntry) {
  const auto record = test::record();
  const auto reissued = answer_of(record.card, CardStatus::kReissued);
  for (const auto& each :
       {ControlRecord{test::issuer("jcb-a", {"3569"})}, ControlRecord{test::incident()}}) {
    add(kControl, codec::control_key(each), codec::encode(each));
  }
  add(kExposures, record.card.hex(), codec::encode(record));
  step.restore(records);
  step.restored(kPartition, {});
  records.clear();
  add(kAnswers, record.card.hex(), codec::encode(reissued));
  ASSERT_TRUE(step.process(records, sink));
  const auto entries = sink.of(kWatchlist);
  ASSERT_EQ(entries.size(), 1U);
  const auto change = codec::decode_watch(entries.front().value).value();
  EXPECT_EQ(change.op, FeedOp::kDelt);
  EXPECT_EQ(change.entry.card, record.card);
  // What restoring takes in counts as well.
  step.aborted();
  step.restore(records);
  sink.outputs.clear();
  records.clear();
  auto monitored = answer_of(record.card, CardStatus::kMonitored);
  monitored.received_at += std::chrono::hours{1};
  add(kAnswers, record.card.hex(), codec::encode(monitored));
  ASSERT_TRUE(step.process(records, sink));
  ASSERT_EQ(sink.of(kWatchlist).size(), 1U);
  EXPECT_EQ(codec::decode_watch(sink.of(kWatchlist).front().value).value().op, FeedOp::kAddd);
}

TEST_F(KafkaStepTest, UnusableAnswersAreQuarantined) {
  const auto good = answer_of(test::card(1), CardStatus::kClosed);
  add(kAnswers, "k", "{\"v\":1,");
  add(kAnswers, test::card(1).hex(), R"({"v":9})");
  add(kAnswers, test::card(2).hex(), codec::encode(good));
  add(kAnswers, test::card(1).hex(), "");
  records.back().tombstone = true;
  add(kAnswers, test::card(1).hex(), codec::encode(good));
  ASSERT_TRUE(step.process(records, sink));
  step.committed({});
  std::vector<Errc> codes;
  for (const auto& refused : sink.of(kQuarantine)) {
    codes.push_back(codec::decode_quarantine(refused.value).value().code);
  }
  EXPECT_EQ(
      codes,
      (std::vector{
          Errc::kJsonSyntax, Errc::kSchemaVersion, Errc::kKeyMismatch, Errc::kSchemaViolation}));
  EXPECT_EQ(step.cards(), 1U);
}

TEST_F(KafkaStepTest, AClosedPartitionIsForgotten) {
  test::HistoryGenerator random{4711};
  auto history = random.make(1);
  while (history.exposures.empty()) history = random.make(1);
  const auto& record = history.exposures.front();
  add(kExposures, record.card.hex(), codec::encode(record));
  step.restore(records);
  step.restored(kPartition, {});
  EXPECT_EQ(step.cards(), 1U);
  step.closed(kPartition);
  EXPECT_EQ(step.cards(), 0U);
}

}  // namespace
}  // namespace cw::matcher
