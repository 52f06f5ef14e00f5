// The matcher as a process on a real broker: whatever is done to it, what readers hold in the end
// is what derive() gives for the set of all inputs.
//
// CW_MATCHER_CARDS and CW_MATCHER_REPORTS set the size, to see its throughput.
#include "domain_samples.hpp"
#include "kafka_records.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/domain/derive.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/transactional_writer.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

namespace cw {
namespace {

using namespace std::chrono_literals;
using test::client_of;

constexpr std::int32_t kPartitions = 4;
constexpr auto kLong = 180s;
constexpr auto kSession = 6s;

std::size_t size_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

CardRef card_number(std::uint32_t number) {
  CardRef card;
  std::mt19937 random{number};
  for (auto& byte : card.bytes) byte = static_cast<std::uint8_t>(random());
  return card;
}

/// Topics of one test, everything written to them, and the readers' view of the outputs.
class World {
 public:
  World() {
    std::vector<kafka::TopicSpec> specs;
    for (const auto* name : {"exposures.v1",
                             "reports.v1",
                             "control.v1",
                             "answers.v1",
                             "matches.v1",
                             "watchlist.v1",
                             "quarantine.v1"}) {
      specs.push_back({.name = prefix + name, .partitions = kPartitions});
    }
    EXPECT_TRUE(admin->create_topics(specs, 30s));
  }

  void produce(const std::string& topic, std::string key, std::string value) {
    EXPECT_TRUE(
        producer->produce_wait({prefix + topic, std::move(key), std::move(value)}, nullptr, 60s));
  }

  void expose(std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t number = first; number < first + count; ++number) {
      auto record = test::record();
      record.record = number + 1;
      record.card = card_number(number);
      record.iin = number % 50 == 0 ? 99999999 : test::kIin;
      record.attributes = {{"channel", number % 3 == 0 ? "internet" : "phone"}};
      record.sealed_pan = std::string(44, 'x');
      cards[record.card].push_back(record);
      produce("exposures.v1", record.card.hex(), codec::encode(record));
    }
  }

  void report(std::uint32_t first, std::uint32_t count, std::uint32_t cards_known) {
    for (std::uint32_t number = first; number < first + count; ++number) {
      auto revision = test::report();
      revision.report = ReportId{"R-" + std::to_string(number)};
      revision.card = card_number(number % (2 * cards_known));  // Half of them are hits.
      revision.expiry = test::expiry("2010-03");
      revision.content_hash = codec::content_hash(revision);
      reports[revision.card].push_back(revision);
      produce("reports.v1", revision.card.hex(), codec::encode(revision));
      if (number % 10 == 0) produce("reports.v1", revision.card.hex(), codec::encode(revision));
    }
  }

  void control(const ControlRecord& record) {
    control_state.apply(record);
    std::vector<kafka::OutRecord> copies;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      copies.push_back(
          {prefix + "control.v1", codec::control_key(record), codec::encode(record), partition});
    }
    ASSERT_TRUE(writer->commit_batch(copies, 60s));
  }

  [[nodiscard]] std::int64_t lag() {
    std::int64_t sum = 0;
    for (const auto* name : {"exposures.v1", "reports.v1", "control.v1"}) {
      const auto ends = admin->end_offsets(prefix + name, 20s);
      const auto done = admin->committed(prefix + "matcher", prefix + name, 20s);
      if (!ends || !done) return 1;
      for (std::size_t at = 0; at < ends.value().size(); ++at) {
        // The last offset of control is a transaction's marker.
        const auto marker = std::string_view{name} == "control.v1" ? 1 : 0;
        const auto end = ends.value()[at].offset;
        if (end > 0) sum += std::max<std::int64_t>(0, end - marker - done.value()[at].offset);
      }
    }
    return sum;
  }

  /// Facts and entries that readers hold are exactly those of the set of inputs.
  void check() const {
    std::map<std::pair<CardRef, FactId>, Fact> facts;
    std::set<std::string> fact_records;
    std::size_t repeated = 0;
    for (const auto& record : test::read_all(brokers, prefix + "matches.v1")) {
      const auto read = codec::decode_facts(record.value, [&](codec::FactMessage&& message) {
        const std::pair key{message.fact.card, message.fact.id};
        if (message.retracted) {
          EXPECT_EQ(facts.erase(key), 1U);
          return;
        }
        const auto found = facts.find(key);
        if (found != facts.end() && found->second == message.fact) ++repeated;
        facts.insert_or_assign(key, message.fact);
      });
      EXPECT_TRUE(read.has_value());
    }
    EXPECT_EQ(repeated, 0U) << "facts emitted without a change";
    std::map<std::pair<IssuerId, CardRef>, WatchEntry> entries;
    for (const auto& record : test::read_all(brokers, prefix + "watchlist.v1")) {
      const auto change = codec::decode_watch(record.value).value();
      const std::pair key{change.entry.issuer, change.entry.card};
      EXPECT_EQ(entries.contains(key), change.op != FeedOp::kAddd);
      if (change.op == FeedOp::kDelt) {
        entries.erase(key);
      } else {
        entries.insert_or_assign(key, change.entry);
      }
    }
    compare(facts, entries);
  }

  const std::string brokers = test::shared_brokers();
  const std::string prefix = test::fresh_prefix();
  const std::unique_ptr<kafka::Admin> admin = kafka::Admin::create(client_of(brokers, "a")).value();
  const std::unique_ptr<kafka::Producer> producer =
      kafka::Producer::create(client_of(brokers, "p"), {.delivery_timeout = 60s}).value();
  const std::unique_ptr<kafka::TransactionalWriter> writer =
      kafka::TransactionalWriter::create(client_of(brokers, "w"),
                                         {.transactional_id = prefix + "w"})
          .value();
  std::unordered_map<CardRef, std::vector<ExposureRecord>> cards;
  std::unordered_map<CardRef, std::vector<ReportRevision>> reports;
  Control control_state;

 private:
  void compare(const std::map<std::pair<CardRef, FactId>, Fact>& facts,
               const std::map<std::pair<IssuerId, CardRef>, WatchEntry>& entries) const {
    std::set<CardRef> all;
    for (const auto& [card, records] : cards) all.insert(card);
    for (const auto& [card, revisions] : reports) all.insert(card);
    std::size_t fact_count = 0;
    std::size_t entry_count = 0;
    for (const auto& card : all) {
      CardInputs inputs;
      if (const auto found = cards.find(card); found != cards.end()) {
        for (const auto& record : found->second) EXPECT_TRUE(inputs.add(record).has_value());
      }
      if (const auto found = reports.find(card); found != reports.end()) {
        for (const auto& revision : found->second) EXPECT_TRUE(inputs.add(revision).has_value());
      }
      const auto result = derive(inputs, control_state);
      for (const auto& fact : result.facts) {
        const auto found = facts.find({card, fact.id});
        ASSERT_NE(found, facts.end());
        ASSERT_EQ(found->second, fact);
        ++fact_count;
      }
      if (!result.entry) continue;
      const auto found = entries.find({result.entry->issuer, card});
      ASSERT_NE(found, entries.end());
      ASSERT_EQ(found->second, *result.entry);
      ++entry_count;
    }
    EXPECT_EQ(facts.size(), fact_count);
    EXPECT_EQ(entries.size(), entry_count);
  }
};

/// A matcher process; logs stay in `dir`.
class Matcher {
 public:
  Matcher(const World& world, const test::TempDir& dir, const std::string& instance)
      : process_({std::string{CW_BUILD_DIR} + "/bin/cardwatch-matcher",
                  "--set=kafka.brokers=" + world.brokers,
                  "--set=kafka.topic_prefix=" + world.prefix,
                  "--set=admin.port=0",
                  "--set=matcher.instance=" + instance,
                  "--set=matcher.session_timeout=" + std::to_string(kSession.count()) + "s",
                  "--set=matcher.batch_records_max=2000"},
                 {.environment = {}, .output = dir / ("matcher-" + instance + ".log")}),
        log_(dir / ("matcher-" + instance + ".log")) {}

  [[nodiscard]] test::Process& process() { return process_; }
  /// Before a young broker is asked for the group's offsets: librdkafka 2.0.2 crashes on them while
  /// their coordinator loads.
  [[nodiscard]] bool in_group() const {
    return test::wait_until(
        [this] { return test::read_file(log_).find("assigned ") != std::string::npos; }, kLong);
  }

 private:
  test::Process process_;
  std::filesystem::path log_;
};

void set_the_scene(World& world) {
  world.control(test::issuer("jcb-a", {"3569"}));
  world.control(test::incident());
}

TEST(KafkaMatcher, WhatReadersHoldIsWhatTheInputsGive) {
  const auto card_count = static_cast<std::uint32_t>(size_from("CW_MATCHER_CARDS", 1'000));
  const auto report_count = static_cast<std::uint32_t>(size_from("CW_MATCHER_REPORTS", 3'000));
  World world;
  set_the_scene(world);
  const test::TempDir dir;
  world.expose(0, card_count);
  world.report(0, report_count, card_count);
  ASSERT_TRUE(world.producer->flush(120s));

  auto start = std::chrono::steady_clock::now();
  const auto seconds_since = [&start] {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    start = std::chrono::steady_clock::now();
    return took.count();
  };
  Matcher matcher{world, dir, "0"};
  ASSERT_TRUE(matcher.in_group());
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  std::cout << card_count << " exposures and " << report_count << " reports: " << seconds_since()
            << " s\n";
  world.control(test::scope(1, test::channel_is("internet"), "2009-09-11T00:00:00Z"));
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  std::cout << "scope revision over them: " << seconds_since() << " s\n";
  EXPECT_EQ(matcher.process().stop(), 0);
  world.check();
}

TEST(KafkaMatcher, PoisonIsQuarantinedWithItsOffsetAndTheRestGoesOn) {
  World world;
  set_the_scene(world);
  const test::TempDir dir;
  world.produce("reports.v1", "a", "{not json");
  world.produce("exposures.v1", "b", R"({"v":7})");
  world.expose(0, 50);
  ASSERT_TRUE(world.producer->flush(60s));
  Matcher matcher{world, dir, "0"};
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  EXPECT_EQ(matcher.process().stop(), 0);
  world.check();
  std::set<Errc> codes;
  for (const auto& record : test::read_all(world.brokers, world.prefix + "quarantine.v1")) {
    codes.insert(codec::decode_quarantine(record.value).value().code);
  }
  EXPECT_EQ(codes, (std::set<Errc>{Errc::kJsonSyntax, Errc::kSchemaVersion}));
}

// Goal: kill -9 anywhere leaves facts exact. Method: two processes in the group, killed in turn at
// random moments while inputs of every kind arrive.
TEST(KafkaMatcher, CrashesOfTwoProcessesLeaveFactsExact) {
  constexpr int kKills = 8;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  World world;
  set_the_scene(world);
  const test::TempDir dir;
  std::map<int, std::unique_ptr<Matcher>> matchers;
  const auto start = [&](int number) {
    matchers[number] = std::make_unique<Matcher>(world, dir, std::to_string(number));
  };
  start(0);
  start(1);
  std::uint32_t cards = 500;
  world.expose(0, cards);
  for (int kill = 0; kill < kKills; ++kill) {
    world.report(static_cast<std::uint32_t>(kill) * 1'000, 1'000, cards);
    if (kill == kKills / 2) {
      world.control(test::scope(1, test::channel_is("internet"), "2009-09-11T00:00:00Z"));
    }
    world.expose(cards, 100);
    cards += 100;
    ASSERT_TRUE(world.producer->flush(60s));
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{50 + random() % 1'000};
    ASSERT_TRUE(test::wait_until([&] { return std::chrono::steady_clock::now() > moment; }));
    matchers[kill % 2]->process().kill();
    start(kill % 2);
  }
  world.control(test::issuer("visa-b", {"9999"}));
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  for (auto& [number, matcher] : matchers) EXPECT_EQ(matcher->process().stop(), 0);
  world.check();
}

// Goal: a process that stood still beyond its session commits nothing of what it held, and ends,
// at whatever moment it was stopped.
TEST(KafkaMatcher, AProcessThatStoodStillTooLongCommitsNothingAndAnotherHasTakenOver) {
  World world;
  set_the_scene(world);
  const test::TempDir dir;
  world.expose(0, 200);
  ASSERT_TRUE(world.producer->flush(60s));
  Matcher zombie{world, dir, "0"};
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  zombie.process().send_signal(SIGSTOP);
  const auto session_over = std::chrono::steady_clock::now() + kSession + 500ms;
  world.report(0, 500, 200);
  ASSERT_TRUE(world.producer->flush(60s));
  Matcher other{world, dir, "1"};
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  ASSERT_TRUE(
      test::wait_until([&] { return std::chrono::steady_clock::now() > session_over; }, kLong));
  zombie.process().send_signal(SIGCONT);
  world.report(500, 500, 200);
  ASSERT_TRUE(world.producer->flush(60s));
  ASSERT_TRUE(test::wait_until([&] { return world.lag() == 0; }, kLong));
  EXPECT_EQ(zombie.process().wait(), 70);
  EXPECT_EQ(other.process().stop(), 0);
  world.check();
}

}  // namespace
}  // namespace cw
