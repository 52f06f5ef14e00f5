#include "lib/runtime/health.hpp"

#include <gtest/gtest.h>

namespace cw::runtime {
namespace {

// A check that is not there yet cannot fail, so "no check fails" must not mean ready.
TEST(Health, IsNotReadyBeforeTheServiceHasStarted) {
  Health health;

  EXPECT_FALSE(health.readiness().ok);
  EXPECT_TRUE(health.liveness().ok);
  health.set_serving();
  EXPECT_TRUE(health.readiness().ok);
}

TEST(Health, IsReadyWhenAllChecksAre) {
  Health health;
  health.set_serving();
  bool caught_up = false;
  health.add_readiness("config", []() -> Status { return Ok{}; });
  health.add_readiness("kafka", [&]() -> Status {
    if (caught_up) return Ok{};
    return Error{Errc::kBrokerUnavailable, "no broker"};
  });

  EXPECT_FALSE(health.readiness().ok);
  EXPECT_EQ(health.readiness().text, "[+]config ok\n[-]kafka BROKER_UNAVAILABLE: no broker\n");
  caught_up = true;
  EXPECT_TRUE(health.readiness().ok);
}

TEST(Health, IsNotReadyOnTheWayOutButAlive) {
  Health health;
  health.set_serving();
  health.set_stopping();

  EXPECT_FALSE(health.readiness().ok);
  EXPECT_TRUE(health.liveness().ok);
}

TEST(Health, LivenessDoesNotDependOnReadiness) {
  Health health;
  health.add_readiness("kafka", []() -> Status { return Error{Errc::kBrokerUnavailable, ""}; });
  health.add_liveness("loop", []() -> Status { return Ok{}; });

  EXPECT_TRUE(health.liveness().ok);
}

}  // namespace
}  // namespace cw::runtime
