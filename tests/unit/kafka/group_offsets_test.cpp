// A new cluster's group coordinator answers "not yet" before it answers: whoever asks for a group's
// offsets waits, and the process lives on.
#include "lib/kafka/admin.hpp"
#include "lib/kafka/group_inspector.hpp"
#include "mock_cluster.hpp"

#include <gtest/gtest.h>

#include <array>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::MockCluster;
using test::Request;

/// The mock cluster's topics have four partitions.
const std::vector<Position> kNothingCommitted{
    {{"t", 0}, -1}, {{"t", 1}, -1}, {{"t", 2}, -1}, {{"t", 3}, -1}};

class GroupOffsets : public testing::TestWithParam<rd_kafka_resp_err_t> {
 protected:
  GroupOffsets() {
    EXPECT_TRUE(admin_->partition_count("t", 20s));
    cluster_.fail_next(Request::kOffsetFetch, {GetParam(), GetParam()});
  }

  MockCluster cluster_;
  std::unique_ptr<Admin> admin_ = Admin::create(cluster_.client()).value();
};

TEST_P(GroupOffsets, AreToldByTheAdminOnceThereIsACoordinator) {
  EXPECT_EQ(admin_->committed("g", "t", 20s).value(), kNothingCommitted);
}

TEST_P(GroupOffsets, AreToldByTheInspectorOnceThereIsACoordinator) {
  const auto inspector = GroupInspector::create(cluster_.client(), "g").value();
  const std::array partitions{TopicPartition{"t", 0}};
  EXPECT_EQ(inspector->committed(partitions, 20s).value(), std::vector{kNothingCommitted.front()});
}

INSTANTIATE_TEST_SUITE_P(EachWayToSayNotYet,
                         GroupOffsets,
                         testing::Values(RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                         RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                         RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS),
                         [](const auto& answer) -> std::string {
                           return rd_kafka_err2name(answer.param);
                         });

}  // namespace
}  // namespace cw::kafka
