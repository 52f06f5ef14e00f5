// What issuers answer about their cards, at the matcher as a process on a real broker: the entry of
// a card that was replaced leaves the list and comes back with a later answer, across restarts of
// every kind; facts stay as they are (rules.md R22).
#include "domain_samples.hpp"
#include "kafka_records.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cw {
namespace {

using namespace std::chrono_literals;
using test::client_of;

constexpr auto kPatience = 120s;
constexpr std::array<const char*, 4> kInputs{
    "exposures.v1", "reports.v1", "control.v1", "answers.v1"};

/// Topics of one partition and a matcher with its state on disk.
class KafkaRelease : public testing::Test {
 protected:
  KafkaRelease() {
    std::vector<kafka::TopicSpec> specs;
    for (const auto* name : kInputs) specs.push_back({.name = prefix_ + name});
    for (const auto* name : {"matches.v1", "watchlist.v1", "quarantine.v1"}) {
      specs.push_back({.name = prefix_ + name});
    }
    EXPECT_TRUE(admin_->create_topics(specs, 30s));
    put(test::issuer("jcb-a", {"3569"}));
    put(test::incident());
    const auto record = test::record();
    put("exposures.v1", record.card.hex(), codec::encode(record));
    const auto report = test::report();
    put("reports.v1", report.card.hex(), codec::encode(report));
  }

  void put(const std::string& topic, const std::string& key, const std::string& value) {
    ASSERT_TRUE(producer_->produce_wait({prefix_ + topic, key, value}, nullptr, 60s));
    ++next_[topic];
  }
  void put(const ControlRecord& record) {
    put("control.v1", codec::control_key(record), codec::encode(record));
  }
  /// `hour` says which of two answers is the newer.
  void answer(std::string_view issuer, CardStatus status, int hour) {
    const IssuerAnswer answer{
        .issuer = IssuerId{std::string{issuer}},
        .card = test::card(1),
        .seq = 1,
        .status = status,
        .received_at = test::at("2009-08-01T00:00:00Z") + std::chrono::hours{hour}};
    put("answers.v1", answer.card.hex(), codec::encode(answer));
  }

  void start() {
    ++runs_;
    log_ = dir_ / ("log-" + std::to_string(runs_));
    matcher_ = std::make_unique<test::Process>(
        std::vector<std::string>{std::string{CW_BUILD_DIR} + "/bin/cardwatch-matcher",
                                 "--set=kafka.brokers=" + brokers_,
                                 "--set=kafka.topic_prefix=" + prefix_,
                                 "--set=admin.port=0",
                                 "--set=matcher.lanes=1",
                                 "--set=matcher.session_timeout=6s",
                                 "--set=matcher.state_save_interval=100ms",
                                 "--set=matcher.state_dir=" + (dir_ / "state").string()},
        test::ProcessOptions{.environment = {}, .output = log_});
  }
  /// In its group first: librdkafka 2.0.2 crashes on a group's offsets while their coordinator
  /// loads.
  [[nodiscard]] bool caught_up() const {
    return test::wait_until([this] { return has_logged("assigned 1 partitions"); }, kPatience) &&
           test::wait_until([this] { return is_committed(); }, kPatience);
  }
  [[nodiscard]] bool has_logged(std::string_view text) const {
    return test::read_file(log_).find(text) != std::string::npos;
  }
  [[nodiscard]] bool is_committed() const {
    return std::all_of(next_.begin(), next_.end(), [this](const auto& topic) {
      const auto done = admin_->committed(prefix_ + "matcher", prefix_ + topic.first, 20s);
      return done && done.value().at(0).offset >= topic.second;
    });
  }

  [[nodiscard]] std::vector<WatchChange> changes() const {
    std::vector<WatchChange> found;
    for (const auto& record : test::read_all(brokers_, prefix_ + "watchlist.v1")) {
      found.push_back(codec::decode_watch(record.value).value());
    }
    return found;
  }
  [[nodiscard]] std::vector<FeedOp> operations() const {
    std::vector<FeedOp> found;
    for (const auto& change : changes()) found.push_back(change.op);
    return found;
  }
  /// Issuers that hold an entry.
  [[nodiscard]] std::set<IssuerId> watching() const {
    std::set<IssuerId> held;
    for (const auto& change : changes()) {
      if (change.op == FeedOp::kDelt) {
        held.erase(change.entry.issuer);
      } else {
        held.insert(change.entry.issuer);
      }
    }
    return held;
  }
  [[nodiscard]] std::vector<std::string> facts() const {
    std::vector<std::string> blocks;
    for (const auto& record : test::read_all(brokers_, prefix_ + "matches.v1")) {
      blocks.push_back(record.value);
    }
    return blocks;
  }

  const std::string brokers_ = test::shared_brokers();
  const std::string prefix_ = test::fresh_prefix();
  const test::TempDir dir_;
  const std::unique_ptr<kafka::Admin> admin_ =
      kafka::Admin::create(client_of(brokers_, "a")).value();
  const std::unique_ptr<kafka::Producer> producer_ =
      kafka::Producer::create(client_of(brokers_, "p"), {.delivery_timeout = 60s}).value();
  std::map<std::string, std::int64_t> next_;  ///< By topic: offsets to come.
  std::unique_ptr<test::Process> matcher_;
  std::filesystem::path log_;
  int runs_ = 0;
};

TEST_F(KafkaRelease, ACardThatWasReplacedLeavesTheListAndComesBackWithALaterAnswer) {
  // The group commits without a single answer, as one of a release before this topic has.
  start();
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  EXPECT_EQ(matcher_->stop(), 0);
  auto wanted = operations();
  ASSERT_FALSE(wanted.empty());
  EXPECT_EQ(wanted.front(), FeedOp::kAddd);
  const auto entry = changes().back().entry;
  EXPECT_EQ(entry.level, WatchLevel::kFraudReported);
  const auto facts_before = facts();
  EXPECT_FALSE(facts_before.empty());

  answer("jcb-a", CardStatus::kReissued, 1);
  start();
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  wanted.push_back(FeedOp::kDelt);
  EXPECT_EQ(operations(), wanted);
  EXPECT_EQ(changes().back().entry.issuer, test::kJcb);
  EXPECT_EQ(changes().back().entry.sealed_pan, entry.sealed_pan);
  answer("jcb-a", CardStatus::kMonitored, 3);
  answer("jcb-a", CardStatus::kClosed, 2);
  answer("visa-b", CardStatus::kClosed, 4);
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  wanted.push_back(FeedOp::kAddd);
  EXPECT_EQ(operations(), wanted);
  EXPECT_EQ(changes().back().entry, entry);
  EXPECT_EQ(facts(), facts_before);
  EXPECT_EQ(matcher_->stop(), 0);
}

// Method: after each kind of start an older answer must change nothing and a newer one everything,
// which only a state that holds the answers can tell.
TEST_F(KafkaRelease, AnswersOutliveRestartsWithAndWithoutTheStateOnDisk) {
  answer("jcb-a", CardStatus::kClosed, 10);
  start();
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  EXPECT_EQ(matcher_->stop(), 0);
  // Whether an entry was there for a moment depends on the batches.
  auto wanted = operations();
  EXPECT_TRUE(wanted.empty() || wanted.back() == FeedOp::kDelt);

  for (const bool from_disk : {true, false}) {
    if (!from_disk) std::filesystem::remove_all(dir_ / "state");
    const auto hour = from_disk ? 20 : 40;
    answer("jcb-a", CardStatus::kMonitored, 5);
    start();
    ASSERT_TRUE(caught_up()) << test::read_file(log_);
    EXPECT_EQ(has_logged(", 0 records to restore"), from_disk) << test::read_file(log_);
    EXPECT_EQ(operations(), wanted) << "an older answer";
    answer("jcb-a", CardStatus::kMonitored, hour);
    ASSERT_TRUE(caught_up()) << test::read_file(log_);
    wanted.push_back(FeedOp::kAddd);
    EXPECT_EQ(operations(), wanted);
    answer("jcb-a", CardStatus::kReissued, hour + 10);
    ASSERT_TRUE(caught_up()) << test::read_file(log_);
    wanted.push_back(FeedOp::kDelt);
    EXPECT_EQ(operations(), wanted);
    EXPECT_EQ(matcher_->stop(), 0);
  }
  // A crash: what the last save lacks is folded anew.
  start();
  ASSERT_TRUE(test::wait_until([this] { return has_logged("assigned 1 partitions"); }, kPatience));
  answer("jcb-a", CardStatus::kMonitored, 60);
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  EXPECT_EQ(watching(), std::set{test::kJcb});
  matcher_->kill();
  answer("visa-b", CardStatus::kClosed, 70);
  put(test::issuer("visa-b", {"356999"}));
  start();
  ASSERT_TRUE(caught_up()) << test::read_file(log_);
  EXPECT_EQ(matcher_->stop(), 0);
  EXPECT_TRUE(watching().empty()) << "the card is visa-b's now, who has closed it";
}

}  // namespace
}  // namespace cw
