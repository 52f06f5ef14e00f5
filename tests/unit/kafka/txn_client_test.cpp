#include "lib/kafka/txn_client.hpp"

#include "mock_cluster.hpp"

#include <gtest/gtest.h>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::MockCluster;
using test::Request;

std::unique_ptr<TxnClient> make(const MockCluster& cluster) {
  return TxnClient::create(cluster.client(),
                           {.transactional_id = "test", .transaction_timeout = 5s})
      .value();
}

/// A producer with a transaction open and one record in it.
std::unique_ptr<TxnClient> with_open_transaction(const MockCluster& cluster) {
  auto client = make(cluster);
  EXPECT_TRUE(client->init(10s));
  EXPECT_TRUE(client->begin());
  EXPECT_TRUE(client->produce("t", 0, "key", "value"));
  return client;
}

Errc code_of(const Status& status) {
  return status ? Errc{} : status.error().code;
}

TEST(TxnClient, CommitsAndAborts) {
  MockCluster cluster;
  const auto client = with_open_transaction(cluster);
  EXPECT_TRUE(client->commit());
  EXPECT_TRUE(client->begin());
  EXPECT_TRUE(client->produce("t", 0, "key", "value"));
  EXPECT_TRUE(client->abort());
}

TEST(TxnClient, AnAbsentBrokerAtTheStartIsPassing) {
  MockCluster cluster;
  cluster.set_down();
  const auto client = make(cluster);
  EXPECT_EQ(code_of(client->init(300ms)), Errc::kBrokerUnavailable);
  cluster.set_up();
  auto status = client->init(10s);
  while (code_of(status) == Errc::kBrokerUnavailable) status = client->init(10s);
  EXPECT_TRUE(status);
}

TEST(TxnClient, AFencedProducerIsToldApartFromABrokenOne) {
  MockCluster cluster;
  auto client = with_open_transaction(cluster);
  cluster.fail_next(Request::kEndTxn, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  EXPECT_EQ(code_of(client->commit()), Errc::kFenced);
  EXPECT_EQ(code_of(client->begin()), Errc::kFenced) << "and does not hang";

  client = with_open_transaction(cluster);
  cluster.fail_next(Request::kEndTxn, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE});
  EXPECT_EQ(code_of(client->commit()), Errc::kKafkaFatal);
}

TEST(TxnClient, ARefusedRecordMakesTheTransactionAbortable) {
  MockCluster cluster;
  const auto client = with_open_transaction(cluster);
  cluster.fail_next(Request::kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  EXPECT_EQ(code_of(client->commit()), Errc::kTransactionAborted);
  // The sequence numbers of the refused record are missing at the broker: one more round.
  Status status = Error{Errc::kTransactionAborted, {}};
  for (int round = 0; round < 3 && code_of(status) == Errc::kTransactionAborted; ++round) {
    ASSERT_TRUE(client->abort());
    ASSERT_TRUE(client->begin());
    ASSERT_TRUE(client->produce("t", 0, "key", "value"));
    status = client->commit();
  }
  EXPECT_TRUE(status) << (status ? "" : status.error().detail);
}

TEST(TxnClient, PassingErrorsOfTheCoordinatorAreRetriedWithin) {
  MockCluster cluster;
  const auto client = with_open_transaction(cluster);
  cluster.fail_next(Request::kEndTxn,
                    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                     RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                     RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
  EXPECT_TRUE(client->commit());
}

TEST(TxnClient, ACommitWithoutAnswerIsIndefinite) {
  MockCluster cluster;
  const auto client =
      TxnClient::create(cluster.client(), {.transactional_id = "test", .transaction_timeout = 1s})
          .value();
  ASSERT_TRUE(client->init(10s));
  ASSERT_TRUE(client->begin());
  ASSERT_TRUE(client->produce("t", 0, "key", "value"));
  cluster.delay_next(Request::kEndTxn, 100, 20'000);
  EXPECT_EQ(code_of(client->commit()), Errc::kTransactionIndefinite);
}

}  // namespace
}  // namespace cw::kafka
