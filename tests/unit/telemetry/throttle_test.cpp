#include "lib/telemetry/throttle.hpp"

#include <gtest/gtest.h>

namespace cw::telemetry {
namespace {

using namespace std::chrono_literals;
const Throttle::Clock::time_point kStart{1h};

TEST(Throttle, LetsABurstThroughAndCountsTheRest) {
  Throttle throttle(2, 10s);

  EXPECT_EQ(throttle.admit(kStart), 0U);
  EXPECT_EQ(throttle.admit(kStart), 0U);
  EXPECT_FALSE(throttle.admit(kStart + 1s).has_value());
  EXPECT_FALSE(throttle.admit(kStart + 9s).has_value());
  EXPECT_EQ(throttle.admit(kStart + 10s), 2U) << "a new period tells what the old one held back";
  EXPECT_EQ(throttle.admit(kStart + 11s), 0U);
}

}  // namespace
}  // namespace cw::telemetry
