// Goal: whatever a reader holds, verify tells exactly what differs from what the inputs give, and
// what it would write makes the reader right. Method: no broker; the outputs are written by hand.
#include "cli/verify/comparison.hpp"
#include "cli/verify/emitted_outputs.hpp"
#include "cli/verify/partition_inputs.hpp"
#include "cli/verify/repair.hpp"
#include "cli/verify/verify_place.hpp"
#include "cli/verify/verify_view.hpp"
#include "domain_samples.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace cw::cli {
namespace {

const std::string kMatches = "matches.v1";
const std::string kWatchlist = "watchlist.v1";

/// One partition in memory: its inputs, and output topics that anyone may write to.
class Partition {
 public:
  Partition() {
    for (const ControlRecord& record :
         {ControlRecord{test::incident()},
          ControlRecord{test::issuer("jcb-a", {"3569"})},
          ControlRecord{test::scope(1, test::channel_is("internet"), "2009-07-21T00:00:00Z")}}) {
      control_.push_back(codec::encode(record));
    }
    for (std::uint8_t number = 1; number <= 3; ++number) add_card(number);
  }

  void add_answer(std::uint8_t number, CardStatus status) {
    const IssuerAnswer answer{.issuer = test::kJcb,
                              .card = test::card(number),
                              .seq = 1,
                              .status = status,
                              .received_at = test::at("2009-08-01T00:00:00Z")};
    answers_.emplace_back(answer.card.hex(), codec::encode(answer));
  }

  void add_card(std::uint8_t number) {
    auto record = test::record();
    record.card = test::card(number);
    record.record = number;
    exposures_.emplace_back(record.card.hex(), codec::encode(record));
    auto report = test::report();
    report.card = record.card;
    report.report = ReportId{"R-" + std::to_string(number)};
    reports_.emplace_back(report.card.hex(), codec::encode(report));
  }

  /// Writes what a matcher would.
  void emit_all() {
    auto inputs = read_inputs();
    for (const auto& [card, of_card] : inputs.cards()) {
      write({difference({}, derive(of_card, inputs.control()))});
    }
  }

  void write(const std::vector<CardDifference>& changes) {
    const auto records = repair_records(changes, {.matches = kMatches, .watchlist = kWatchlist});
    outputs_.insert(outputs_.end(), records.begin(), records.end());
  }

  void write_fact(const Fact& fact, bool retracted) {
    CardDifference change;
    (retracted ? change.retracted : change.changed).push_back(fact);
    write({change});
  }

  [[nodiscard]] PartitionInputs read_inputs() const {
    PartitionInputs inputs;
    for (const auto& value : control_) inputs.control({.value = value});
    for (const auto& [key, value] : exposures_) inputs.exposure({.key = key, .value = value});
    for (const auto& [key, value] : reports_) inputs.report({.key = key, .value = value});
    for (const auto& [key, value] : answers_) inputs.answer({.key = key, .value = value});
    return inputs;
  }

  [[nodiscard]] EmittedOutputs read_outputs() const {
    EmittedOutputs outputs{0, 1};
    std::int64_t offset = 0;
    for (const auto& record : outputs_) {
      const kafka::RecordView view{
          .topic = record.topic, .offset = offset++, .key = record.key, .value = record.value};
      record.topic == kMatches ? outputs.matches(view) : outputs.watchlist(view);
    }
    return outputs;
  }

  [[nodiscard]] ComparisonResult verify(ComparisonOptions options = {.keep_repairs = true}) const {
    auto inputs = read_inputs();
    auto outputs = read_outputs();
    Comparison comparison{inputs.control(), options};
    auto& emitted = outputs.cards();
    for (const auto& [card, of_card] : inputs.cards()) {
      const auto held = emitted.find(card);
      comparison.add(card, &of_card, held == emitted.end() ? nullptr : &held->second);
      if (held != emitted.end()) emitted.erase(held);
    }
    for (const auto& [card, held] : emitted) comparison.add(card, nullptr, &held);
    return comparison.take();
  }

  [[nodiscard]] CardResult expected(std::uint8_t number) const {
    auto inputs = read_inputs();
    return derive(inputs.cards().at(test::card(number)), inputs.control());
  }

  std::vector<std::string> control_;
  std::vector<std::pair<std::string, std::string>> exposures_;
  std::vector<std::pair<std::string, std::string>> reports_;
  std::vector<std::pair<std::string, std::string>> answers_;
  std::vector<kafka::OutRecord> outputs_;
};

std::uint64_t count(const ComparisonResult& result, FindingKind kind) {
  return result.counts[static_cast<std::size_t>(kind)];
}

/// Exactly one difference of that kind, at that card; what verify would write mends it.
Finding only_finding(Partition& partition, FindingKind kind, std::uint8_t card) {
  const auto result = partition.verify();
  EXPECT_EQ(result.differences(), 1U);
  EXPECT_EQ(count(result, kind), 1U);
  EXPECT_EQ(result.findings.size(), 1U);
  if (result.findings.empty()) return {};
  EXPECT_EQ(result.findings.front().card, test::card(card));
  EXPECT_NE(result.expected, result.emitted);
  partition.write(result.repairs);
  const auto again = partition.verify();
  EXPECT_EQ(again.differences(), 0U) << "repaired";
  EXPECT_EQ(again.expected, again.emitted);
  EXPECT_EQ(again.expected, result.expected) << "a repair changes no input";
  return result.findings.front();
}

TEST(Verify, IsEqualWhenReadersHoldWhatTheInputsGive) {
  Partition partition;
  partition.emit_all();
  const auto result = partition.verify();
  EXPECT_EQ(result.differences(), 0U);
  EXPECT_EQ(result.cards, 3U);
  EXPECT_EQ(result.expected, result.emitted);
  EXPECT_EQ(result.expected.facts.count(), 3);
  EXPECT_EQ(result.expected.entries.count(), 3);
  EXPECT_TRUE(result.repairs.empty());
}

TEST(Verify, FindsAFactThatWasNeverEmitted) {
  Partition partition;
  partition.emit_all();
  partition.write_fact(partition.expected(2).facts.front(), /*retracted=*/true);
  const auto finding = only_finding(partition, FindingKind::kMissingFact, 2);
  EXPECT_EQ(finding.fact.report, ReportId{"R-2"});
}

TEST(Verify, FindsAFactThatNoInputGives) {
  Partition partition;
  partition.emit_all();
  auto fact = partition.expected(1).facts.front();
  fact.id.report = ReportId{"R-invented"};
  partition.write_fact(fact, /*retracted=*/false);
  EXPECT_EQ(only_finding(partition, FindingKind::kExtraFact, 1).fact.report,
            ReportId{"R-invented"});
}

TEST(Verify, FindsAFactOfACardWithoutInputs) {
  Partition partition;
  partition.emit_all();
  auto fact = partition.expected(1).facts.front();
  fact.card = test::card(9);
  partition.write_fact(fact, /*retracted=*/false);
  static_cast<void>(only_finding(partition, FindingKind::kExtraFact, 9));
}

TEST(Verify, NamesTheFieldsOfAFactThatDifferAndHidesTheMember) {
  Partition partition;
  partition.emit_all();
  auto fact = partition.expected(3).facts.front();
  fact.outcome = Outcome::kNotExposed;
  fact.member = "someone";
  partition.write_fact(fact, /*retracted=*/false);
  const auto finding = only_finding(partition, FindingKind::kDifferentFact, 3);
  ASSERT_EQ(finding.fields.size(), 2U);
  EXPECT_EQ(finding.fields[0].name, "outcome");
  EXPECT_EQ(finding.fields[0].expected, "identified");
  EXPECT_EQ(finding.fields[0].emitted, "not_exposed");
  EXPECT_EQ(finding.fields[1].name, "member");
  EXPECT_EQ(finding.fields[1].emitted, "");
}

TEST(Verify, FindsAnEntryThatIsMissing) {
  Partition partition;
  partition.emit_all();
  CardDifference change;
  change.watch.push_back({FeedOp::kDelt, *partition.expected(2).entry});
  partition.write({change});
  EXPECT_EQ(only_finding(partition, FindingKind::kMissingEntry, 2).fact.issuer, test::kJcb);
}

TEST(Verify, FindsAnEntryThatStandsInAnotherIssuersList) {
  Partition partition;
  partition.emit_all();
  CardDifference change;
  change.watch.push_back({FeedOp::kAddd, *partition.expected(2).entry});
  change.watch.front().entry.issuer = IssuerId{"visa-b"};
  partition.write({change});
  EXPECT_EQ(only_finding(partition, FindingKind::kExtraEntry, 2).fact.issuer, IssuerId{"visa-b"});
}

TEST(Verify, FindsAnEntryOfACardThatItsIssuerReplaced) {
  Partition partition;
  partition.emit_all();
  partition.add_answer(1, CardStatus::kMonitored);
  EXPECT_EQ(partition.verify().differences(), 0U);
  partition.add_answer(2, CardStatus::kReissued);
  EXPECT_EQ(only_finding(partition, FindingKind::kExtraEntry, 2).fact.issuer, test::kJcb);
  EXPECT_EQ(partition.read_inputs().counts().answers, 2U);
}

TEST(Verify, FindsAnEntryOfAnotherLevel) {
  Partition partition;
  partition.emit_all();
  CardDifference change;
  change.watch.push_back({FeedOp::kUpdt, *partition.expected(1).entry});
  change.watch.front().entry.level = WatchLevel::kInFile;
  change.watch.front().entry.sealed_pan = "other bytes";
  partition.write({change});
  const auto finding = only_finding(partition, FindingKind::kDifferentEntry, 1);
  ASSERT_EQ(finding.fields.size(), 2U);
  EXPECT_EQ(finding.fields[0].name, "level");
  EXPECT_EQ(finding.fields[1].name, "sealed");
  EXPECT_EQ(finding.fields[1].expected + finding.fields[1].emitted, "") << "never shown";
}

TEST(Verify, RepeatedInputsAndRepeatedFactsAreNoDifference) {
  Partition partition;
  partition.emit_all();
  const auto digest = partition.verify().expected;
  partition.reports_.push_back(partition.reports_.front());
  partition.exposures_.push_back(partition.exposures_.front());
  partition.write_fact(partition.expected(1).facts.front(), /*retracted=*/false);
  const auto result = partition.verify();
  EXPECT_EQ(result.differences(), 0U);
  EXPECT_EQ(result.expected, digest);
  auto outputs = partition.read_outputs();
  EXPECT_EQ(outputs.counts().facts_repeated, 1U);
  ASSERT_EQ(outputs.repeated_at().size(), 1U);
  EXPECT_EQ(outputs.repeated_at().front(), "matches.v1/0/6");
}

TEST(Verify, InputsThatNobodyCanUseAreCountedAndLeftOut) {
  Partition partition;
  partition.emit_all();
  partition.reports_.emplace_back("a", "{not json");
  partition.exposures_.emplace_back("another key", partition.exposures_.front().second);
  partition.control_.emplace_back(R"({"v":7})");
  partition.add_answer(1, CardStatus::kClosed);
  partition.answers_.back().first = "another key";
  partition.answers_.emplace_back("a", "{}");
  EXPECT_EQ(partition.read_inputs().counts().unusable, 5U);
  EXPECT_EQ(partition.verify().differences(), 0U);
}

TEST(Verify, OutputsThatNobodyCanReadAreToldWithTheirPlace) {
  Partition partition;
  partition.outputs_.push_back({kMatches, "", "{not json"});
  const auto outputs = partition.read_outputs();
  EXPECT_EQ(outputs.counts().unreadable, 1U);
  EXPECT_EQ(outputs.unreadable_at(), std::vector<std::string>{"matches.v1/0/0"});
}

TEST(Verify, ManyDifferencesAreAllCountedAndTheFirstAreKept) {
  Partition partition;
  const auto result = partition.verify({.findings_max = 2});
  EXPECT_EQ(result.differences(), 6U);
  EXPECT_EQ(result.findings.size(), 2U);
  EXPECT_TRUE(result.repairs.empty()) << "kept only when asked for";
}

TEST(Verify, DigestsOfPartitionsAddUpWhateverTheirOrder) {
  Partition one;
  one.emit_all();
  Partition other;
  other.add_card(4);
  other.emit_all();
  VerifyReport report;
  report.partitions.resize(2);
  report.partitions[0].comparison = one.verify();
  report.partitions[1].comparison = other.verify();
  const auto text = summary_text(report);
  std::swap(report.partitions[0], report.partitions[1]);
  EXPECT_EQ(summary_text(report), text);
  EXPECT_NE(text.find("facts    7  digest "), std::string::npos) << text;
  EXPECT_NE(text.find("equal\n"), std::string::npos) << text;
}

TEST(Verify, TheJsonSaysWhatDiffers) {
  Partition partition;
  partition.emit_all();
  partition.write_fact(partition.expected(2).facts.front(), /*retracted=*/true);
  VerifyReport report;
  report.partitions.resize(1);
  report.partitions[0].comparison = partition.verify();
  const auto json = verify_json(report);
  EXPECT_NE(json.find(R"("equal":false)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("kind":"missing_fact","card":")" + test::card(2).hex()), std::string::npos)
      << json;
}

TEST(VerifyPlace, TakesFromAMatchersConfigurationWhatConcernsKafka) {
  VerifyPlace place;
  ASSERT_TRUE(
      read_place("kafka:\n"
                 "  brokers: k1:9092\n"
                 "  topic_prefix: prod.\n"
                 "  properties:\n"
                 "    security.protocol: ssl\n"
                 "matcher:\n"
                 "  group: m2\n"
                 "  lanes: 4\n"
                 "admin:\n"
                 "  port: 9464\n",
                 place));
  EXPECT_EQ(place.client.brokers, "k1:9092");
  EXPECT_EQ(place.topic("matches.v1"), "prod.matches.v1");
  EXPECT_EQ(place.group_id(), "prod.m2");
  EXPECT_EQ(place.client.properties.at("security.protocol"), "ssl");
}

TEST(VerifyPlace, NamesTheLineOfWhatIsNoText) {
  VerifyPlace place;
  const auto status = read_place("kafka:\n  brokers: [a, b]\n", place);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Errc::kConfigValue);
  EXPECT_NE(status.error().detail.find("line 2"), std::string::npos) << status.error().detail;
}

}  // namespace
}  // namespace cw::cli
