// `cardwatch verify` beside a real matcher on a real broker: equal after a normal run, every
// difference made by hand is found by its card and repaired, what comes meanwhile is none.
#include "domain_samples.hpp"
#include "kafka_records.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/group_inspector.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/transactional_writer.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace cw {
namespace {

using namespace std::chrono_literals;
using test::client_of;

constexpr std::int32_t kPartitions = 2;
constexpr std::int32_t kWatchPartitions = 3;
constexpr auto kLong = 120s;

/// Where a sealed number would be: in the clear, so that a leak shows.
const std::string kCanary = "4000001234567899";

CardRef card_number(std::uint32_t number) {
  CardRef card = test::card(7);
  for (std::size_t at = 0; at < 4; ++at) {
    card.bytes[at] = static_cast<std::uint8_t>(number >> (8 * at));
  }
  return card;
}

class KafkaVerify : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<kafka::TopicSpec> specs;
    for (const auto* name : {"exposures.v1",
                             "reports.v1",
                             "control.v1",
                             "answers.v1",
                             "matches.v1",
                             "quarantine.v1"}) {
      specs.push_back({.name = prefix_ + name, .partitions = kPartitions});
    }
    specs.push_back({.name = prefix_ + "watchlist.v1", .partitions = kWatchPartitions});
    ASSERT_TRUE(admin_->create_topics(specs, 30s));
    control(test::issuer("jcb-a", {"3569"}));
    control(test::issuer("visa-b", {"4000"}));
    control(test::incident());
    control(test::scope(1, test::channel_is("internet"), "2009-07-21T00:00:00Z"));
  }

  void control(const ControlRecord& record) {
    std::vector<kafka::OutRecord> copies;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      copies.push_back(
          {prefix_ + "control.v1", codec::control_key(record), codec::encode(record), partition});
    }
    ASSERT_TRUE(writer_->commit_batch(copies, 60s));
  }

  void produce(const std::string& topic, std::string key, std::string value) {
    EXPECT_TRUE(
        producer_->produce_wait({prefix_ + topic, std::move(key), std::move(value)}, nullptr, 60s));
  }

  void expose(std::uint32_t cards) {
    for (std::uint32_t number = 0; number < cards; ++number) {
      auto record = test::record();
      record.record = number + 1;
      record.card = card_number(number);
      record.iin = number % 2 == 0 ? test::kIin : 40000000;
      record.attributes = {{"channel", number % 3 == 0 ? "internet" : "phone"}};
      record.sealed_pan = kCanary;
      produce("exposures.v1", record.card.hex(), codec::encode(record));
    }
  }

  void report(std::uint32_t first, std::uint32_t count, std::uint32_t cards) {
    for (std::uint32_t number = first; number < first + count; ++number) {
      auto revision = test::report();
      revision.report = ReportId{"R-" + std::to_string(number)};
      revision.card = card_number(number % cards);
      revision.member = kCanary;
      produce("reports.v1", revision.card.hex(), codec::encode(revision));
    }
  }

  void answer(std::uint32_t number, CardStatus status) {
    const IssuerAnswer answer{.issuer = IssuerId{number % 2 == 0 ? "jcb-a" : "visa-b"},
                              .card = card_number(number),
                              .seq = 1,
                              .status = status,
                              .received_at = test::at("2009-08-01T00:00:00Z")};
    produce("answers.v1", answer.card.hex(), codec::encode(answer));
  }

  void start_matcher() {
    matcher_.emplace(std::vector<std::string>{std::string{CW_BUILD_DIR} + "/bin/cardwatch-matcher",
                                              "--set=kafka.brokers=" + brokers_,
                                              "--set=kafka.topic_prefix=" + prefix_,
                                              "--set=admin.port=0",
                                              "--set=matcher.lanes=1",
                                              "--set=matcher.session_timeout=6s",
                                              "--set=matcher.batch_records_max=500"},
                     test::ProcessOptions{.environment = {}, .output = dir_ / "matcher.log"});
  }

  [[nodiscard]] bool all_matched() {
    for (const auto* name : {"exposures.v1", "reports.v1", "answers.v1"}) {
      const auto ends = admin_->end_offsets(prefix_ + name, 20s);
      const auto done = admin_->committed(prefix_ + "matcher", prefix_ + name, 20s);
      if (!ends || !done) return false;
      for (std::size_t at = 0; at < ends.value().size(); ++at) {
        if (std::max<std::int64_t>(done.value()[at].offset, 0) < ends.value()[at].offset) {
          return false;
        }
      }
    }
    return true;
  }

  /// Loads, matches and ends the matcher, whose static member is then waited out.
  void load_and_match(std::uint32_t cards, std::uint32_t reports) {
    expose(cards);
    report(0, reports, cards);
    ASSERT_TRUE(producer_->flush(60s));
    start_matcher();
    ASSERT_TRUE(test::wait_until([&] { return all_matched(); }, kLong))
        << test::read_file(dir_ / "matcher.log");
    EXPECT_EQ(matcher_->stop(), 0);
  }

  void wait_until_nobody_is_in_the_group() {
    const auto group =
        kafka::GroupInspector::create(client_of(brokers_, "g"), prefix_ + "matcher").value();
    ASSERT_TRUE(test::wait_until(
        [&] {
          const auto members = group->members(20s);
          return members && members.value().count == 0;
        },
        kLong));
  }

  /// Runs `cardwatch verify`; keeps what it says for the scan.
  test::CommandResult verify(std::vector<std::string> arguments = {}) {
    std::vector<std::string> command{
        std::string{CW_BUILD_DIR} + "/bin/cardwatch", "verify", "--json"};
    command.insert(command.end(), {"--brokers", brokers_, "--prefix", prefix_});
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto result = test::run_command(command);
    EXPECT_EQ(result.output.find(kCanary), std::string::npos) << "a card number in the output";
    return result;
  }

  [[nodiscard]] std::int32_t partition_of(const CardRef& card) const {
    return kafka::partition_of(card.hex(), kPartitions);
  }

  /// The facts that readers hold of a card.
  [[nodiscard]] std::vector<Fact> facts_of(const CardRef& card) {
    std::map<FactId, Fact> facts;
    for (const auto& record : test::read_all(brokers_, prefix_ + "matches.v1")) {
      EXPECT_TRUE(codec::decode_facts(record.value, [&](codec::FactMessage&& message) {
        if (message.fact.card != card) return;
        if (message.retracted) {
          facts.erase(message.fact.id);
        } else {
          facts.insert_or_assign(message.fact.id, message.fact);
        }
      }));
    }
    std::vector<Fact> out;
    for (auto& [id, fact] : facts) out.push_back(std::move(fact));
    return out;
  }

  [[nodiscard]] WatchEntry entry_of(const CardRef& card) {
    WatchEntry entry;
    for (const auto& record : test::read_all(brokers_, prefix_ + "watchlist.v1")) {
      auto change = codec::decode_watch(record.value).value();
      if (change.entry.card == card) entry = std::move(change.entry);
    }
    return entry;
  }

  void write_fact(const Fact& fact, bool retracted) {
    codec::FactBlockWriter block;
    block.add(view_of(fact), retracted);
    const kafka::OutRecord record{
        prefix_ + "matches.v1", "", std::string{block.finish()}, partition_of(fact.card)};
    ASSERT_TRUE(writer_->commit_batch({&record, 1}, 60s));
  }

  void write_entry(FeedOp op, const WatchEntry& entry) {
    const kafka::OutRecord record{prefix_ + "watchlist.v1",
                                  codec::watch_key(entry.issuer, entry.card),
                                  codec::encode(WatchChange{op, entry}),
                                  kafka::partition_of(entry.issuer.get(), kWatchPartitions)};
    ASSERT_TRUE(writer_->commit_batch({&record, 1}, 60s));
  }

  const std::string brokers_ = test::shared_brokers();
  const std::string prefix_ = test::fresh_prefix();
  const test::TempDir dir_;
  const std::unique_ptr<kafka::Admin> admin_ =
      kafka::Admin::create(client_of(brokers_, "a")).value();
  const std::unique_ptr<kafka::Producer> producer_ =
      kafka::Producer::create(client_of(brokers_, "p"), {.delivery_timeout = 60s}).value();
  const std::unique_ptr<kafka::TransactionalWriter> writer_ =
      kafka::TransactionalWriter::create(client_of(brokers_, "w"),
                                         {.transactional_id = prefix_ + "w"})
          .value();
  std::optional<test::Process> matcher_;
};

/// Some text of the JSON that verify prints.
testing::AssertionResult says(const test::CommandResult& result, const std::string& text) {
  if (result.output.find(text) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text << " is not in:\n" << result.output;
}

std::string finding(std::string_view kind, const CardRef& card) {
  return R"({"kind":")" + std::string{kind} + R"(","card":")" + card.hex() + "\"";
}

TEST_F(KafkaVerify, EqualAfterANormalRunAndFindsAndRepairsWhatWasSpoiledByHand) {
  ASSERT_NO_FATAL_FAILURE(load_and_match(60, 200));
  const auto good = verify();
  ASSERT_EQ(good.status, 0) << good.output;
  EXPECT_TRUE(says(good, R"("equal":true,"complete":true,"differences":0,"left_out":0)"));

  const std::array<CardRef, 6> cards{card_number(1),
                                     card_number(2),
                                     card_number(3),
                                     card_number(4),
                                     card_number(5),
                                     card_number(6)};
  write_fact(facts_of(cards[0]).front(), /*retracted=*/true);
  auto fact = facts_of(cards[1]).front();
  fact.outcome = Outcome::kNotExposed;
  write_fact(fact, /*retracted=*/false);
  fact = facts_of(cards[2]).front();
  fact.id.report = ReportId{"R-invented"};
  write_fact(fact, /*retracted=*/false);
  write_entry(FeedOp::kDelt, entry_of(cards[3]));
  auto entry = entry_of(cards[4]);
  entry.level = WatchLevel::kInFile;
  write_entry(FeedOp::kUpdt, entry);
  entry = entry_of(cards[5]);
  entry.issuer = IssuerId{"amex-c"};
  write_entry(FeedOp::kAddd, entry);

  const auto spoiled = verify();
  EXPECT_EQ(spoiled.status, 2);
  EXPECT_TRUE(says(spoiled, R"("equal":false,"complete":true,"differences":6)"));
  EXPECT_TRUE(says(spoiled, finding("missing_fact", cards[0])));
  EXPECT_TRUE(says(spoiled, finding("different_fact", cards[1])));
  EXPECT_TRUE(says(spoiled, finding("extra_fact", cards[2])));
  EXPECT_TRUE(says(spoiled, finding("missing_entry", cards[3])));
  EXPECT_TRUE(says(spoiled, finding("different_entry", cards[4])));
  EXPECT_TRUE(says(spoiled, finding("extra_entry", cards[5])));
  EXPECT_TRUE(says(spoiled, R"("name":"level","expected":"fraud_reported","emitted":"in_file")"));

  wait_until_nobody_is_in_the_group();
  const auto dry = verify({"--repair"});
  EXPECT_EQ(dry.status, 2) << "nothing was written";
  EXPECT_TRUE(says(dry, R"("state":"dry_run","facts":2,"retractions":1,"watch_changes":3)"));
  const auto repaired = verify({"--repair", "--yes"});
  EXPECT_EQ(repaired.status, 0) << repaired.output;
  EXPECT_TRUE(says(repaired, R"("state":"written","facts":2,"retractions":1,"watch_changes":3)"));
  const auto again = verify();
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_TRUE(says(again, R"("equal":true,"complete":true)"));
  const auto digests = good.output.find(R"("expected":)");
  const auto length = good.output.find(R"("repair":)") - digests;
  EXPECT_TRUE(says(again, good.output.substr(digests, length))) << "the same digests as before";
}

TEST_F(KafkaVerify, WhatIsReceivedMeanwhileIsNoDifference) {
  constexpr std::uint32_t kCards = 200;
  constexpr std::uint32_t kBatch = 1'000;
  expose(kCards);
  ASSERT_TRUE(producer_->flush(60s));
  start_matcher();
  ASSERT_TRUE(test::wait_until([&] { return all_matched(); }, kLong))
      << test::read_file(dir_ / "matcher.log");
  std::uint32_t reports = 0;
  for (int round = 0; round < 4; ++round) {
    report(reports, kBatch, kCards);
    reports += kBatch;
    const auto result = verify();
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_TRUE(says(result, R"("equal":true)"));
  }
  ASSERT_TRUE(producer_->flush(60s));
  ASSERT_TRUE(test::wait_until([&] { return all_matched(); }, kLong))
      << test::read_file(dir_ / "matcher.log");
  const auto result = verify();
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(says(result, R"("equal":true,"complete":true)"));
}

TEST_F(KafkaVerify, RepairIsRefusedWhileAMatcherIsInTheGroup) {
  expose(10);
  ASSERT_TRUE(producer_->flush(60s));
  start_matcher();
  ASSERT_TRUE(test::wait_until([&] { return all_matched(); }, kLong))
      << test::read_file(dir_ / "matcher.log");
  const auto entry = entry_of(card_number(1));
  write_entry(FeedOp::kDelt, entry);
  const auto refused = verify({"--repair", "--yes"});
  EXPECT_EQ(refused.status, 69) << refused.output;
  EXPECT_EQ(verify().status, 2) << "nothing was written";
  EXPECT_EQ(verify({"--repair", "--yes", "--while-running"}).status, 0);
  EXPECT_EQ(verify().status, 0);
}

TEST_F(KafkaVerify, AGroupThatCommittedNothingIsNotTakenForTheMatchers) {
  ASSERT_NO_FATAL_FAILURE(load_and_match(10, 10));
  const auto result = verify({"--group", "other"});
  EXPECT_EQ(result.status, 65) << result.output;
  EXPECT_TRUE(says(result, "NOT_FOUND"));
}

TEST_F(KafkaVerify, CardsThatWereReplacedAreNotExpectedAndAnEntryOfOneIsRemoved) {
  constexpr std::uint32_t kCards = 40;
  for (std::uint32_t number = 0; number < kCards; number += 4) {
    answer(number, number % 8 == 0 ? CardStatus::kReissued : CardStatus::kMonitored);
  }
  produce("answers.v1", card_number(1).hex(), "{}");
  ASSERT_NO_FATAL_FAILURE(load_and_match(kCards, kCards));
  const auto good = verify();
  ASSERT_EQ(good.status, 0) << good.output;
  EXPECT_TRUE(says(good, R"("answers.v1":{"committed":)"));
  EXPECT_TRUE(says(good, R"("entries":35,)")) << "five of forty cards were replaced";

  auto entry = entry_of(card_number(4));
  entry.card = card_number(8);
  entry.issuer = test::kJcb;
  write_entry(FeedOp::kAddd, entry);
  const auto spoiled = verify();
  EXPECT_EQ(spoiled.status, 2);
  EXPECT_TRUE(says(spoiled, finding("extra_entry", card_number(8))));
  wait_until_nobody_is_in_the_group();
  EXPECT_EQ(verify({"--repair", "--yes"}).status, 0);
  EXPECT_EQ(verify().status, 0);
}

TEST_F(KafkaVerify, OnePartitionAloneCanBeVerified) {
  ASSERT_NO_FATAL_FAILURE(load_and_match(30, 30));
  const auto fact = facts_of(card_number(1)).front();
  write_fact(fact, /*retracted=*/true);
  const auto spoiled = partition_of(fact.card);
  const auto found = verify({"--partition", std::to_string(spoiled)});
  EXPECT_EQ(found.status, 2) << found.output;
  const auto other = verify({"--partition", std::to_string(1 - spoiled)});
  EXPECT_EQ(other.status, 0) << other.output;
  EXPECT_EQ(verify({"--partition", std::to_string(kPartitions)}).status, 64);
}

}  // namespace
}  // namespace cw
