#include "matcher/poison_breaker.hpp"

#include <gtest/gtest.h>

namespace cw::matcher {
namespace {

constexpr std::size_t kTopic = 1;

/// Feeds records of one topic; true: usable.
class PoisonBreakerTest : public ::testing::Test {
 protected:
  Status feed(int count, bool usable) {
    Status status = Ok{};
    for (int fed = 0; fed < count && status; ++fed) {
      ++seen_;
      RecordPlace record;
      record.topic = "reports.v1";
      record.topic_index = kTopic;
      record.partition = 2;
      record.offset = offset_++;
      if (!usable) status = breaker.unusable(record, seen_, Errc::kSchemaVersion);
    }
    return status;
  }
  void commit() {
    breaker.committed(kTopic, seen_);
    seen_ = 0;
  }
  void abort() {
    breaker.aborted();
    offset_ -= static_cast<std::int64_t>(seen_);
    seen_ = 0;
  }

  PoisonBreaker breaker{{.percent_max = 50, .window_records = 1'000}};

 private:
  std::uint64_t seen_ = 0;
  std::int64_t offset_ = 10;
};

TEST_F(PoisonBreakerTest, NothingButBadRecordsStopAtTheLeastNumber) {
  const auto status = feed(1'000, false);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kLimitReached);
  EXPECT_EQ(status.error().detail,
            "200 of 200 records of reports.v1 cannot be used; partition/offset:"
            " 2/10 SCHEMA_VERSION 2/11 SCHEMA_VERSION 2/12 SCHEMA_VERSION");
}

TEST_F(PoisonBreakerTest, ALongGoodHistoryDoesNotHideABrokenProducer) {
  EXPECT_TRUE(feed(1'000'000, true));
  commit();
  EXPECT_TRUE(feed(199, false));
  EXPECT_FALSE(feed(1, false));
}

TEST_F(PoisonBreakerTest, AShareThatIsAllowedGoesOnForEver) {
  for (int round = 0; round < 10'000; ++round) {
    ASSERT_TRUE(feed(1, false));
    ASSERT_TRUE(feed(1, true));
    if (round % 77 == 0) commit();
  }
}

TEST_F(PoisonBreakerTest, AShareAboveTheLimitStops) {
  Status status = Ok{};
  for (int round = 0; round < 1'000 && status; ++round) {
    status = feed(3, false);
    if (status) status = feed(2, true);
    if (round % 7 == 0) commit();
  }
  EXPECT_FALSE(status);
}

TEST_F(PoisonBreakerTest, AFewBadRecordsNowAndThenNeverAddUp) {
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(feed(150, false));
    ASSERT_TRUE(feed(1'000, true));
    commit();
  }
}

TEST_F(PoisonBreakerTest, ABatchThatComesAgainCountsOnce) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    EXPECT_TRUE(feed(150, false));
    abort();
  }
  EXPECT_TRUE(feed(150, false));
  commit();
  EXPECT_FALSE(feed(50, false));
}

TEST_F(PoisonBreakerTest, TheFullShareNeverStops) {
  breaker = PoisonBreaker{{.percent_max = 100, .window_records = 1'000}};
  EXPECT_TRUE(feed(5'000, false));
}

}  // namespace
}  // namespace cw::matcher
