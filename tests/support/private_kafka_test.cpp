#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cw::test {
namespace {

using namespace std::chrono_literals;

kafka::ClientOptions client_of(const std::string& brokers) {
  kafka::ClientOptions client;
  client.brokers = brokers;
  client.client_id = "support-test";
  return client;
}

std::unique_ptr<kafka::Admin> admin_of(const std::string& brokers) {
  auto admin = kafka::Admin::create(client_of(brokers));
  EXPECT_TRUE(admin.has_value());
  return std::move(admin).value();
}

bool has_topic(const std::string& brokers, const std::string& name) {
  const auto topics = admin_of(brokers)->list_topics(15s);
  EXPECT_TRUE(topics.has_value());
  return std::ranges::any_of(topics.value(), [&](const auto& topic) { return topic.name == name; });
}

void make_topic(const std::string& brokers, const std::string& name) {
  kafka::TopicSpec spec;
  spec.name = name;
  const auto made = admin_of(brokers)->create_topics({&spec, 1}, 15s);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
}

void produce_one(const std::string& brokers, const std::string& topic) {
  auto producer = kafka::Producer::create(client_of(brokers), {});
  ASSERT_TRUE(producer.has_value());
  ASSERT_TRUE(producer.value()->produce({.topic = topic, .key = "k", .value = "v"}, nullptr));
  ASSERT_TRUE(producer.value()->flush(15s));
}

std::int64_t end_offset(const std::string& brokers, const std::string& topic) {
  const auto ends = admin_of(brokers)->end_offsets(topic, 15s);
  EXPECT_TRUE(ends.has_value());
  return ends.value().at(0).offset;
}

CommandResult script(const std::filesystem::path& dir, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{CW_SOURCE_DIR "/scripts/kafka"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--dir", dir});
  return run_command(command);
}

/// One broker that runs while these tests look at it.
class RunningKafka : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { broker_ = std::make_unique<PrivateKafka>(); }
  static void TearDownTestSuite() { broker_.reset(); }

  static std::unique_ptr<PrivateKafka> broker_;
};

std::unique_ptr<PrivateKafka> RunningKafka::broker_;

TEST_F(RunningKafka, ASecondBrokerSideBySideKnowsNothingOfIt) {
  const PrivateKafka other;
  ASSERT_NE(broker_->brokers(), other.brokers());
  make_topic(broker_->brokers(), "only-here");
  EXPECT_TRUE(has_topic(broker_->brokers(), "only-here"));
  EXPECT_FALSE(has_topic(other.brokers(), "only-here"));
}

TEST_F(RunningKafka, ASecondStartInItsFolderIsTheSameBroker) {
  const auto again = script(broker_->path(), {"start"});
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.output.find("bootstrap=" + broker_->brokers()), std::string::npos);

  const auto elsewhere = script(broker_->path(), {"start", "--port", "1"});
  EXPECT_EQ(elsewhere.status, 64);
  EXPECT_NE(elsewhere.output.find("already running"), std::string::npos) << elsewhere.output;
}

TEST_F(RunningKafka, ABrokerWhosePortIsTakenSaysSo) {
  const auto port = broker_->brokers().substr(broker_->brokers().find(':') + 1);
  const TempDir dir;
  const auto result = script(dir.path(), {"start", "--port", port});
  EXPECT_EQ(result.status, 69);
  EXPECT_NE(result.output.find("listens on port " + port), std::string::npos) << result.output;
}

TEST(PrivateKafka, KeepsItsRecordsAndAddressAcrossAStopAndACrash) {
  PrivateKafka broker;
  const auto address = broker.brokers();
  make_topic(address, "kept");
  produce_one(address, "kept");

  broker.stop();
  EXPECT_EQ(script(broker.path(), {"status"}).status, 1);
  broker.start();
  EXPECT_EQ(broker.brokers(), address);
  EXPECT_EQ(end_offset(address, "kept"), 1);

  produce_one(address, "kept");
  broker.kill();
  broker.start();
  EXPECT_EQ(broker.brokers(), address);
  EXPECT_EQ(end_offset(address, "kept"), 2);
}

// The danger is a process id that by now belongs to another program.
TEST(KafkaScript, StopEndsOnlyWhatItStarted) {
  const TempDir dir;
  Process bystander({"sleep", "60"});
  dir.write("server.properties", "advertised.listeners=PLAINTEXT://127.0.0.1:1\n");
  dir.write("kafka.pid", std::to_string(bystander.pid()) + "\n");

  EXPECT_EQ(script(dir.path(), {"stop", "--kill"}).status, 0);
  EXPECT_TRUE(bystander.running());
}

TEST(KafkaScript, AStartThatFailsGivesTheBrokersOwnWords) {
  const TempDir dir;
  dir.write("server.properties", "advertised.listeners=PLAINTEXT://127.0.0.1:1\nnode.id=none\n");
  const auto result = script(dir.path(), {"start"});
  EXPECT_EQ(result.status, 69);
  EXPECT_NE(result.output.find("Invalid value none"), std::string::npos) << result.output;
}

TEST(SharedKafka, EachFreshTopicIsNewAndHasThePartitionsAskedFor) {
  const auto one = fresh_topic("same-name", 3);
  const auto other = fresh_topic("same-name");
  EXPECT_NE(one, other);
  EXPECT_TRUE(one.ends_with("same-name"));
  const auto partitions = admin_of(shared_brokers())->partition_count(one, 15s);
  ASSERT_TRUE(partitions.has_value());
  EXPECT_EQ(partitions.value(), 3);
}

}  // namespace
}  // namespace cw::test
