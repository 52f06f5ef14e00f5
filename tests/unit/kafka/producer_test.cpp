#include "lib/kafka/producer.hpp"

#include "mock_cluster.hpp"

#include <gtest/gtest.h>

#include <future>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::MockCluster;
using test::Request;

std::unique_ptr<Producer> make(const MockCluster& cluster, const ProducerOptions& options = {}) {
  return Producer::create(cluster.client(), options).value();
}

/// A group whose end a test can wait for.
struct Watched {
  std::promise<Status> end;
  std::future<Status> ended = end.get_future();
  std::shared_ptr<AckGroup> group =
      std::make_shared<AckGroup>([this](Status status) { end.set_value(std::move(status)); });

  Status wait() {
    if (ended.wait_for(20s) != std::future_status::ready) return Error{Errc::kInternal, "waiting"};
    return ended.get();
  }
};

TEST(AckGroup, WithoutRecordsEndsWhenSealed) {
  Watched watched;
  EXPECT_EQ(watched.ended.wait_for(0s), std::future_status::timeout);
  watched.group->seal();
  EXPECT_TRUE(watched.wait());
}

TEST(Producer, TellsWhenAllRecordsOfARequestAreAcknowledged) {
  MockCluster cluster;
  const auto producer = make(cluster);
  Watched watched;
  for (int record = 0; record < 100; ++record) {
    ASSERT_TRUE(producer->produce({"t", "key" + std::to_string(record), "value"}, watched.group));
  }
  watched.group->seal();
  EXPECT_TRUE(watched.wait());
  EXPECT_EQ(watched.group->outstanding(), 0U);
  EXPECT_TRUE(producer->connected());
}

TEST(Producer, CarriesHeaders) {
  MockCluster cluster;
  const auto producer = make(cluster);
  Watched watched;
  OutRecord record{"t", "key", "value"};
  record.headers = {{"reason", "because"}};
  ASSERT_TRUE(producer->produce(record, watched.group));
  watched.group->seal();
  EXPECT_TRUE(watched.wait());
}

TEST(Producer, OneFailureEndsTheRequest) {
  MockCluster cluster;
  const auto producer = make(cluster);
  cluster.fail_next(Request::kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  Watched watched;
  ASSERT_TRUE(producer->produce({"t", "key", "value"}, watched.group));
  const auto status = watched.wait();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kRecordTooLarge);
}

TEST(Producer, RefusesARecordOverTheClientsLimit) {
  MockCluster cluster;
  const auto producer = make(cluster);
  Watched watched;
  const auto status = producer->produce({"t", "key", std::string(2'000'000, 'x')}, watched.group);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kRecordTooLarge);
  EXPECT_EQ(watched.group->outstanding(), 0U);
}

TEST(Producer, AFullQueueIsToldAndLeavesTheRequestUntouched) {
  MockCluster cluster;
  cluster.set_down();
  const auto producer = make(cluster, {.records_max = 2, .delivery_timeout = 20s});
  Watched watched;
  ASSERT_TRUE(producer->produce({"t", "1", "value"}, watched.group));
  ASSERT_TRUE(producer->produce({"t", "2", "value"}, watched.group));
  const auto status = producer->produce({"t", "3", "value"}, watched.group);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kQueueFull);
  EXPECT_EQ(watched.group->outstanding(), 2U);
  EXPECT_EQ(producer->produce_wait({"t", "3", "value"}, nullptr, 30ms).error().code,
            Errc::kQueueFull);

  cluster.set_up();
  watched.group->seal();
  EXPECT_TRUE(watched.wait()) << "records that waited are delivered when the broker is back";
}

TEST(Producer, AnAbsentBrokerFailsTheRequestAfterTheDeliveryTimeout) {
  MockCluster cluster;
  cluster.set_down();
  const auto producer = make(cluster, {.delivery_timeout = 500ms});
  Watched watched;
  ASSERT_TRUE(producer->produce({"t", "key", "value"}, watched.group));
  watched.group->seal();
  const auto status = watched.wait();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kBrokerUnavailable);
  EXPECT_FALSE(producer->connected());
}

TEST(Producer, NamesAPropertyThatIsWrongOrNotOursToChange) {
  MockCluster cluster;
  auto client = cluster.client();
  client.properties["no.such.property"] = "1";
  EXPECT_EQ(Producer::create(client, {}).error().code, Errc::kConfigValue);
  client = cluster.client();
  client.properties["acks"] = "1";
  const auto made = Producer::create(client, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kConfigValue);
  EXPECT_NE(made.error().detail.find("acks"), std::string::npos);
}

}  // namespace
}  // namespace cw::kafka
