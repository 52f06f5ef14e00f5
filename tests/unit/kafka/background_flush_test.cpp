#include "lib/kafka/background_flush.hpp"

#include "lib/kafka/rd_client.hpp"
#include "mock_cluster.hpp"

#include <gtest/gtest.h>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::MockCluster;

/// A client that holds records back for longer than any test waits.
class BackgroundFlushTest : public ::testing::Test {
 protected:
  void open() {
    const ClientPlan plan{
        ClientRole::kProducer, ClientCallbacks::kPlain, {{"linger.ms", "100000"}}, {}};
    client_ = make_client(cluster_.client(), plan, events_).value();
  }
  void produce() {
    const TopicPtr topic{rd_kafka_topic_new(client_.get(), "t", nullptr)};
    char value[] = "value";
    ASSERT_EQ(rd_kafka_produce(
                  topic.get(), 0, RD_KAFKA_MSG_F_COPY, value, sizeof value, nullptr, 0, nullptr),
              0);
  }
  [[nodiscard]] bool leaves_within(std::chrono::milliseconds time) const {
    const auto deadline = Clock::now() + time;
    while (rd_kafka_outq_len(client_.get()) > 0 && Clock::now() < deadline) {
      rd_kafka_poll(client_.get(), 1);
    }
    return rd_kafka_outq_len(client_.get()) == 0;
  }

  MockCluster cluster_;
  ClientEvents events_{ClientOptions{}};
  ClientPtr client_;
};

TEST_F(BackgroundFlushTest, WhatHasGatheredLeavesAtOnceEachTimeItIsStarted) {
  open();
  BackgroundFlush flush{*client_};
  produce();
  EXPECT_FALSE(leaves_within(50ms)) << "it gathers";
  for (int round = 0; round < 3; ++round) {
    flush.start();
    EXPECT_TRUE(leaves_within(20s));
    flush.rest();
    produce();
  }
  flush.start();
  EXPECT_TRUE(leaves_within(20s));
}

TEST_F(BackgroundFlushTest, ItsEndDoesNotWaitForABrokerThatIsAway) {
  cluster_.set_down();
  open();
  const auto start = Clock::now();
  {
    BackgroundFlush flush{*client_};
    produce();
    flush.start();
  }
  EXPECT_LT(Clock::now() - start, 20s);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

}  // namespace
}  // namespace cw::kafka
