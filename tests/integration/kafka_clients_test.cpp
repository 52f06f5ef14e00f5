// Producer, writer, tail reader and admin against a real broker.
#include "kafka_records.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/group_consumer.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/transactional_writer.hpp"
#include "lib/kafka/txn_client.hpp"
#include "support/kafka_fixture.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <map>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::client_of;
using test::KeepingReader;
using test::read_all;

Status produce_and_wait(Producer& producer, const std::vector<OutRecord>& records) {
  std::promise<Status> end;
  auto group = std::make_shared<AckGroup>([&end](Status status) { end.set_value(status); });
  for (const auto& record : records) {
    if (auto status = producer.produce(record, group); !status) return status;
  }
  group->seal();
  return end.get_future().get();
}

TEST(KafkaProducer, WritesWhereTheJavaPartitionerWould) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("keys", 4);
  const auto producer = Producer::create(client_of(brokers, "p"), {}).value();
  std::vector<OutRecord> records;
  for (int number = 0; number < 200; ++number) {
    records.push_back({topic, "key-" + std::to_string(number), "v"});
  }
  ASSERT_TRUE(produce_and_wait(*producer, records));
  const auto found = read_all(brokers, topic);
  ASSERT_EQ(found.size(), 200U);
  for (const auto& record : found) EXPECT_EQ(record.partition, partition_of(record.key, 4));
}

TEST(KafkaProducer, ATopicThatDoesNotExistIsToldAsSuch) {
  const auto producer =
      Producer::create(client_of(test::shared_brokers(), "p"), {.delivery_timeout = 40s}).value();
  const auto status = produce_and_wait(*producer, {{test::fresh_prefix() + "none", "k", "v"}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kTopicMissing);
}

// Goal: acknowledged means stored, also on a partition that has just been made. Method: many small
// requests to new topics by new producers; with several of them in flight, the broker may not know
// the partition yet when the first comes and know it when the second does, which it then takes as
// the beginning, and the first as a repeat.
TEST(KafkaProducer, TheFirstRecordsOfAYoungTopicAreThere) {
  constexpr int kTopics = 5;
  constexpr std::size_t kRecords = 400;
  const auto brokers = test::shared_brokers();
  for (int round = 0; round < kTopics; ++round) {
    auto client = client_of(brokers, "p");
    client.properties["batch.num.messages"] = "1";
    const auto producer = Producer::create(client, {.linger = 0ms}).value();
    const auto topic = test::fresh_topic("young", 8);
    std::vector<OutRecord> records;
    for (std::size_t number = 0; number < kRecords; ++number) {
      records.push_back({topic, "key-" + std::to_string(number), "v"});
    }
    ASSERT_TRUE(produce_and_wait(*producer, records));
    ASSERT_EQ(read_all(brokers, topic).size(), kRecords) << "round " << round;
  }
}

// Goal: what was accepted before and during an outage is delivered after it, once and in order.
TEST(KafkaProducer, DeliversAfterTheBrokerIsBack) {
  test::PrivateKafka kafka;
  const auto admin = Admin::create(client_of(kafka.brokers(), "a")).value();
  ASSERT_TRUE(admin->create_topics(std::array{TopicSpec{.name = "t"}}, 20s));
  const auto producer =
      Producer::create(client_of(kafka.brokers(), "p"), {.delivery_timeout = 60s}).value();
  ASSERT_TRUE(produce_and_wait(*producer, {{"t", "k", "0"}}));
  kafka.kill();
  std::promise<Status> end;
  auto group = std::make_shared<AckGroup>([&end](Status status) { end.set_value(status); });
  for (int number = 1; number < 100; ++number) {
    ASSERT_TRUE(producer->produce({"t", "k", std::to_string(number)}, group));
  }
  group->seal();
  ASSERT_TRUE(test::wait_until([&] { return !producer->connected(); }, 20s));
  EXPECT_EQ(group->outstanding(), 99U);
  kafka.start();
  EXPECT_TRUE(end.get_future().get());
  EXPECT_TRUE(test::wait_until([&] { return producer->connected(); }, 20s));
  const auto found = read_all(kafka.brokers(), "t");
  ASSERT_EQ(found.size(), 100U);
  for (std::size_t at = 0; at < found.size(); ++at) EXPECT_EQ(found[at].value, std::to_string(at));
}

// The same of a transaction's records.
TEST(KafkaTransactions, TheFirstRecordsOnAYoungTopicAreThere) {
  constexpr int kTopics = 5;
  constexpr std::size_t kRecords = 400;
  const auto brokers = test::shared_brokers();
  for (int round = 0; round < kTopics; ++round) {
    auto options = client_of(brokers, "x");
    options.properties["batch.num.messages"] = "1";
    const auto client =
        TxnClient::create(options, {.transactional_id = test::fresh_prefix(), .linger = 0ms})
            .value();
    ASSERT_TRUE(client->init(30s));
    const auto topic = test::fresh_topic("young", 8);
    ASSERT_TRUE(client->begin());
    for (std::size_t number = 0; number < kRecords; ++number) {
      ASSERT_TRUE(client->produce(topic, static_cast<std::int32_t>(number % 8), "k", "v"));
    }
    ASSERT_TRUE(client->commit());
    ASSERT_EQ(read_all(brokers, topic).size(), kRecords) << "round " << round;
  }
}

TEST(KafkaTransactions, AnAbortedBatchIsNeverSeen) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("aborted");
  const auto client =
      TxnClient::create(client_of(brokers, "x"), {.transactional_id = test::fresh_prefix()})
          .value();
  ASSERT_TRUE(client->init(30s));
  ASSERT_TRUE(client->begin());
  ASSERT_TRUE(client->produce(topic, 0, "k", "aborted"));
  ASSERT_TRUE(client->abort());
  ASSERT_TRUE(client->begin());
  ASSERT_TRUE(client->produce(topic, 0, "k", "committed"));
  ASSERT_TRUE(client->commit());
  const auto found = read_all(brokers, topic);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, "committed");
}

TEST(KafkaTransactions, AnOpenBatchIsNotSeenAndASuccessorAbortsIt) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("open");
  const auto id = test::fresh_prefix();
  {
    const auto dead = TxnClient::create(client_of(brokers, "x"), {.transactional_id = id}).value();
    ASSERT_TRUE(dead->init(30s));
    ASSERT_TRUE(dead->begin());
    ASSERT_TRUE(dead->produce(topic, 0, "k", "never"));
    dead->wait_for_room(200ms);  // It gets as far as the broker.
  }
  const auto writer =
      TransactionalWriter::create(client_of(brokers, "y"), {.transactional_id = id}).value();
  ASSERT_TRUE(writer->commit_batch(std::array{OutRecord{topic, "k", "after"}}, 30s));
  const auto found = read_all(brokers, topic);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, "after");
}

TEST(KafkaTransactions, AZombieWriterIsFenced) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("zombie");
  const auto id = test::fresh_prefix();
  const auto make = [&](const char* name) {
    return TransactionalWriter::create(client_of(brokers, name), {.transactional_id = id}).value();
  };
  const auto zombie = make("zombie");
  ASSERT_TRUE(zombie->commit_batch(std::array{OutRecord{topic, "k", "1"}}, 30s));
  const auto successor = make("successor");
  ASSERT_TRUE(successor->commit_batch(std::array{OutRecord{topic, "k", "2"}}, 30s));
  const auto status = zombie->commit_batch(std::array{OutRecord{topic, "k", "3"}}, 30s);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kFenced);
  EXPECT_TRUE(successor->commit_batch(std::array{OutRecord{topic, "k", "4"}}, 30s));
  EXPECT_EQ(read_all(brokers, topic).size(), 3U);
}

TEST(KafkaTransactions, CopiesToAllPartitionsAppearTogether) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("copies", 4);
  const auto writer = TransactionalWriter::create(client_of(brokers, "w"),
                                                  {.transactional_id = test::fresh_prefix()})
                          .value();
  std::vector<OutRecord> copies;
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    copies.push_back({topic, "incident/x/1", "{}", partition});
  }
  ASSERT_TRUE(writer->commit_batch(copies, 30s));
  EXPECT_EQ(read_all(brokers, topic).size(), 4U);
}

TEST(KafkaTailReader, ReadsToTheEndAndThenWhatComes) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("tail", 3);
  const auto producer = Producer::create(client_of(brokers, "p"), {}).value();
  std::vector<OutRecord> records;
  for (int number = 0; number < 5'000; ++number) {
    records.push_back({topic, std::to_string(number), "v"});
  }
  ASSERT_TRUE(produce_and_wait(*producer, records));

  KeepingReader keeper{brokers, {.topics = {topic}}};
  ASSERT_TRUE(keeper.reader().wait_caught_up(30s));
  EXPECT_EQ(keeper.size(), 5'000U);
  ASSERT_TRUE(produce_and_wait(*producer, {{topic, "late", "v"}}));
  EXPECT_TRUE(test::wait_until([&] { return keeper.size() == 5'001U; }, 20s));
  EXPECT_TRUE(test::wait_until([&] { return keeper.reader().lag() == 0; }, 20s));
  std::int64_t sum = 0;
  for (const auto& position : keeper.reader().positions()) sum += position.offset;
  EXPECT_EQ(sum, 5'001);
}

TEST(KafkaTailReader, AnEmptyTopicIsCaughtUpAtOnce) {
  KeepingReader keeper{test::shared_brokers(), {.topics = {test::fresh_topic("empty", 4)}}};
  EXPECT_TRUE(keeper.reader().wait_caught_up(30s));
}

TEST(KafkaTailReader, ReadsOnlyThePartitionsAndPositionsAskedFor) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("some", 2);
  const auto producer = Producer::create(client_of(brokers, "p"), {}).value();
  std::vector<OutRecord> records;
  for (int number = 0; number < 10; ++number) {
    records.push_back({topic, "k", std::to_string(number), number % 2});
  }
  ASSERT_TRUE(produce_and_wait(*producer, records));
  KeepingReader keeper{
      brokers,
      {.topics = {topic}, .partitions = std::vector<std::int32_t>{1}, .start = {{{topic, 1}, 3}}}};
  ASSERT_TRUE(keeper.reader().wait_caught_up(30s));
  const auto found = keeper.records();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].value, "7");
  EXPECT_EQ(found[1].value, "9");
}

TEST(KafkaTailReader, WaitsForATopicThatComesLater) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_prefix() + "later";
  KeepingReader keeper{brokers, {.topics = {topic}}};
  EXPECT_FALSE(keeper.reader().wait_caught_up(500ms));
  const auto admin = Admin::create(client_of(brokers, "a")).value();
  ASSERT_TRUE(admin->create_topics(std::array{TopicSpec{.name = topic}}, 20s));
  EXPECT_TRUE(keeper.reader().wait_caught_up(30s));
}

TEST(KafkaTailReader, SurvivesABrokerThatIsAwayAtTheStartAndInTheMiddle) {
  test::PrivateKafka kafka;
  const auto admin = Admin::create(client_of(kafka.brokers(), "a")).value();
  ASSERT_TRUE(admin->create_topics(std::array{TopicSpec{.name = "t"}}, 20s));
  kafka.stop();
  KeepingReader keeper{kafka.brokers(), {.topics = {"t"}}};
  EXPECT_FALSE(keeper.reader().wait_caught_up(500ms));
  kafka.start();
  ASSERT_TRUE(keeper.reader().wait_caught_up(60s));
  const auto producer = Producer::create(client_of(kafka.brokers(), "p"), {}).value();
  ASSERT_TRUE(produce_and_wait(*producer, {{"t", "k", "1"}}));
  ASSERT_TRUE(test::wait_until([&] { return keeper.size() == 1; }, 20s));
  kafka.kill();
  kafka.start();
  ASSERT_TRUE(produce_and_wait(*producer, {{"t", "k", "2"}}));
  EXPECT_TRUE(test::wait_until([&] { return keeper.size() == 2; }, 60s));
}

// Goal: assigning at once after assigning is safe. librdkafka 2.0.2 stops the process when a
// partition is taken away again while it is still being stopped.
TEST(KafkaGroupConsumer, ReadsFromOtherPositionsAtAnyTime) {
  const auto brokers = test::shared_brokers();
  const auto topic = test::fresh_topic("reassigned", 4);
  const auto producer = Producer::create(client_of(brokers, "p"), {}).value();
  std::vector<OutRecord> records;
  for (int number = 0; number < 400; ++number) {
    records.push_back({topic, "k", std::to_string(number / 4), number % 4});
  }
  ASSERT_TRUE(produce_and_wait(*producer, records));
  const auto member = GroupConsumer::create(client_of(brokers, "g"),
                                            {.group_id = test::fresh_prefix(), .instance_id = "i"});
  ASSERT_TRUE(member);
  auto& consumer = *member.value();
  ASSERT_TRUE(consumer.subscribe({topic}));
  ASSERT_TRUE(test::wait_until(
      [&] { return consumer.poll(1, 10ms, 0ms).has_value() && consumer.has_assignment(); }, 60s));
  EXPECT_TRUE(consumer.take_rebalanced());
  for (std::int64_t round = 0; round < 300; ++round) {
    std::vector<Position> from;
    for (const auto& where : consumer.assignment()) from.push_back({where, round % 100});
    ASSERT_TRUE(consumer.read_from(from));
    if (round % 3 == 0) {
      ASSERT_TRUE(consumer.read_from({}));
    }
    if (round % 5 != 0) continue;
    ASSERT_TRUE(consumer.read_from(from));
    // Records from before the position may still come, none from behind it may be missing.
    std::map<std::int32_t, std::int64_t> next;
    for (const auto& position : from) next[position.where.partition] = position.offset;
    ASSERT_TRUE(test::wait_until(
        [&] {
          const auto batch = consumer.poll(100, 10ms, 5ms);
          for (const auto* message : batch.value().messages()) {
            auto& expected = next.at(message->partition);
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->offset < expected) continue;
            EXPECT_EQ(message->offset, expected);
            expected = message->offset + 1;
          }
          return std::ranges::all_of(next, [](const auto& at) { return at.second == 100; });
        },
        20s));
  }
}

TEST(KafkaAdmin, CreatesWhatIsMissingAndLeavesWhatIsThere) {
  const auto admin = Admin::create(client_of(test::shared_brokers(), "a")).value();
  const auto name = test::fresh_prefix() + "made";
  const std::array specs{
      TopicSpec{.name = name, .partitions = 3, .config = {{"cleanup.policy", "compact"}}}};
  auto outcome = admin->create_topics(specs, 20s);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome.value()[0].created);
  outcome = admin->create_topics(specs, 20s);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome.value()[0].created);
  EXPECT_EQ(admin->partition_count(name, 20s).value(), 3);
  EXPECT_EQ(admin->describe_config(name, 20s).value().at("cleanup.policy"), "compact");
  EXPECT_EQ(admin->end_offsets(name, 20s).value().size(), 3U);
  const auto listed = admin->list_topics(20s).value();
  EXPECT_TRUE(std::any_of(listed.begin(), listed.end(), [&](const TopicInfo& info) {
    return info.name == name && info.partitions == 3 && info.replication == 1;
  }));
}

TEST(KafkaAdmin, ADifferentNumberOfPartitionsIsAConflict) {
  const auto admin = Admin::create(client_of(test::shared_brokers(), "a")).value();
  const auto name = test::fresh_topic("two", 2);
  const auto outcome =
      admin->create_topics(std::array{TopicSpec{.name = name, .partitions = 3}}, 20s);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kConflict);
}

TEST(KafkaAdmin, NamesWhatIsWrongOrMissing) {
  const auto admin = Admin::create(client_of(test::shared_brokers(), "a")).value();
  const auto bad = admin->create_topics(
      std::array{TopicSpec{.name = test::fresh_prefix() + "bad", .config = {{"no.such", "1"}}}},
      20s);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::kConfigValue);
  EXPECT_EQ(admin->partition_count(test::fresh_prefix() + "none", 20s).error().code,
            Errc::kTopicMissing);
}

}  // namespace
}  // namespace cw::kafka
