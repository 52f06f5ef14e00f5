#include "intake/kafka_publisher.hpp"

#include "lib/codec/control_codec.hpp"
#include "lib/http/blocking.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "support/kafka_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace cw::intake {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kPartitions = 3;

struct Read {
  std::int32_t partition;
  std::string key;
  std::string value;
};

class KafkaPublisherTest : public ::testing::Test {
 protected:
  static kafka::ClientOptions client(const std::string& brokers) {
    kafka::ClientOptions options;
    options.brokers = brokers;
    options.client_id = "intake-test";
    return options;
  }
  static std::unique_ptr<KafkaPublisher> publisher(const std::string& brokers,
                                                   const KafkaTopics& topics,
                                                   std::chrono::milliseconds wait) {
    return KafkaPublisher::create(client(brokers),
                                  {.topics = topics,
                                   .producer = {.delivery_timeout = wait},
                                   .transactional_id = test::fresh_prefix() + "intake",
                                   .commit_wait = wait})
        .value();
  }
  static std::vector<Read> read_all(const std::string& topic) {
    std::vector<Read> found;
    kafka::TailOptions options;
    options.topics = {topic};
    options.on_batch = [&found](std::span<const kafka::RecordView> batch) {
      for (const auto& record : batch) {
        found.push_back({record.partition, std::string(record.key), std::string(record.value)});
      }
    };
    const auto reader =
        kafka::TailReader::start(client(test::shared_brokers()), std::move(options)).value();
    EXPECT_TRUE(reader->wait_caught_up(30s).has_value());
    reader->stop();
    return found;
  }
  static FileLoad file_load() {
    FileLoad load;
    load.incident = IncidentId{"alico-2009"};
    load.file = FileName{"extract-1"};
    load.key = "fk-1";
    load.wrapped_key = "a.b.c.d.e";
    load.by = Principal{"desk-a"};
    return load;
  }

  boost::asio::io_context io_;
};

TEST_F(KafkaPublisherTest, ALoadIsRecordedInEveryPartition) {
  const KafkaTopics topics{.control = test::fresh_topic("control", kPartitions)};
  const auto out = publisher(test::shared_brokers(), topics, 20s);
  for (const FileLoadState state : {FileLoadState::kOpened, FileLoadState::kLoaded}) {
    FileLoad load = file_load();
    load.state = state;
    if (state == FileLoadState::kLoaded) load.sha256 = std::string(64, 'a');
    const auto recorded = http::run_blocking(io_, out->record_load(load));
    ASSERT_TRUE(recorded.has_value()) << recorded.error().detail;
  }
  std::map<std::int32_t, int> copies;
  for (const auto& record : read_all(topics.control)) {
    ++copies[record.partition];
    const auto decoded = codec::decode_control(record.value);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(record.key, codec::control_key(decoded.value()));
  }
  EXPECT_EQ(copies, (std::map<std::int32_t, int>{{0, 2}, {1, 2}, {2, 2}}));
}

http::Task<Status> send(KafkaPublisher& out, boost::asio::io_context& io, int messages) {
  const auto batch = out.begin(io.get_executor());
  for (int i = 0; i < messages; ++i) {
    const OutMessage message{OutTopic::kReports, std::to_string(i), "{}"};
    const auto offered = batch->offer(message);
    if (!offered) co_return offered;
  }
  co_return co_await batch->acknowledged();
}

TEST_F(KafkaPublisherTest, WhatIsAcknowledgedCanBeRead) {
  const KafkaTopics topics{.reports = test::fresh_topic("reports", kPartitions)};
  const auto out = publisher(test::shared_brokers(), topics, 20s);
  const auto sent = http::run_blocking(io_, send(*out, io_, 500));
  ASSERT_TRUE(sent.has_value()) << sent.error().detail;
  EXPECT_TRUE(out->connected());
  const auto found = read_all(topics.reports);
  EXPECT_EQ(found.size(), 500U);
  for (const auto& record : found) {
    EXPECT_EQ(record.partition, kafka::partition_of(record.key, kPartitions));
  }
}

TEST_F(KafkaPublisherTest, AnEmptyBatchIsAcknowledgedAtOnce) {
  const auto out = publisher(test::shared_brokers(), {.reports = "unused"}, 20s);
  EXPECT_TRUE(http::run_blocking(io_, send(*out, io_, 0)).has_value());
}

TEST_F(KafkaPublisherTest, WithoutABrokerEverythingFailsInTime) {
  const KafkaTopics topics{.reports = "reports", .control = "control"};
  const auto out = publisher("127.0.0.1:1", topics, 1s);
  EXPECT_FALSE(out->connected());
  EXPECT_EQ(http::run_blocking(io_, send(*out, io_, 3)).error().code, Errc::kBrokerUnavailable);
  EXPECT_EQ(http::run_blocking(io_, out->record_load(file_load())).error().code,
            Errc::kBrokerUnavailable);
}

}  // namespace
}  // namespace cw::intake
