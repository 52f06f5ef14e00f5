#include "lib/kafka/transactional_writer.hpp"

#include "mock_cluster.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::MockCluster;
using test::Request;

const std::vector<OutRecord> kBatch{{"t", "key", "one", 0}, {"t", "key", "two", 1}};

std::unique_ptr<TransactionalWriter> make(const MockCluster& cluster) {
  return TransactionalWriter::create(cluster.client(),
                                     {.transactional_id = "test", .transaction_timeout = 5s})
      .value();
}

TEST(TransactionalWriter, CommitsBatchAfterBatch) {
  MockCluster cluster;
  const auto writer = make(cluster);
  EXPECT_TRUE(writer->commit_batch(kBatch, 20s));
  EXPECT_TRUE(writer->commit_batch(kBatch, 20s));
}

TEST(TransactionalWriter, TakesANewProducerWhenOneIsBroken) {
  MockCluster cluster;
  const auto writer = make(cluster);
  cluster.fail_next(Request::kEndTxn, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE});
  EXPECT_TRUE(writer->commit_batch(kBatch, 20s));
}

TEST(TransactionalWriter, WritesAgainWhatWasAborted) {
  MockCluster cluster;
  const auto writer = make(cluster);
  cluster.fail_next(Request::kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  EXPECT_TRUE(writer->commit_batch(kBatch, 20s));
}

TEST(TransactionalWriter, SaysWhenTheBrokerStaysAwayAndRecoversLater) {
  MockCluster cluster;
  cluster.set_down();
  const auto writer = make(cluster);
  const auto status = writer->commit_batch(kBatch, 500ms);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kBrokerUnavailable);
  cluster.set_up();
  EXPECT_TRUE(writer->commit_batch(kBatch, 20s));
}

TEST(TransactionalWriter, AFencedWriterStaysFenced) {
  MockCluster cluster;
  const auto writer = make(cluster);
  cluster.fail_next(Request::kEndTxn, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  EXPECT_EQ(writer->commit_batch(kBatch, 20s).error().code, Errc::kFenced);
  EXPECT_EQ(writer->commit_batch(kBatch, 20s).error().code, Errc::kFenced);
}

}  // namespace
}  // namespace cw::kafka
