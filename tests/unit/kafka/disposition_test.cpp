#include "lib/kafka/disposition.hpp"

#include <gtest/gtest.h>

namespace cw::kafka {
namespace {

TEST(Disposition, EachKafkaErrorHasOne) {
  EXPECT_EQ(disposition(Errc::kRecordTooLarge), Disposition::kReject);
  EXPECT_EQ(disposition(Errc::kQueueFull), Disposition::kRetry);
  EXPECT_EQ(disposition(Errc::kBrokerUnavailable), Disposition::kRetry);
  EXPECT_EQ(disposition(Errc::kTopicMissing), Disposition::kRetry);
  EXPECT_EQ(disposition(Errc::kTransactionAborted), Disposition::kAbort);
  EXPECT_EQ(disposition(Errc::kTransactionIndefinite), Disposition::kFatal);
  EXPECT_EQ(disposition(Errc::kFenced), Disposition::kFatal);
  EXPECT_EQ(disposition(Errc::kKafkaFatal), Disposition::kFatal);
}

TEST(Disposition, WhatIsUnknownIsFatal) {
  EXPECT_EQ(disposition(Errc::kInternal), Disposition::kFatal);
  EXPECT_EQ(disposition(Errc::kPanLuhn), Disposition::kFatal);
}

}  // namespace
}  // namespace cw::kafka
