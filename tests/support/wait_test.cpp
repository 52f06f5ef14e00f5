#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace cw::test {
namespace {

using namespace std::chrono_literals;

TEST(WaitUntil, ReturnsAsSoonAsTheEventHappened) {
  std::atomic<bool> happened{false};
  std::thread other([&] { happened = true; });
  EXPECT_TRUE(wait_until([&] { return happened.load(); }, 10s));
  other.join();
}

TEST(WaitUntil, GivesUpAtItsDeadlineAfterALastLook) {
  int looks = 0;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(wait_until(
      [&] {
        ++looks;
        return false;
      },
      20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  EXPECT_GE(looks, 2);
}

TEST(WaitUntil, LooksOnceEvenWithoutTime) {
  EXPECT_TRUE(wait_until([] { return true; }, 0ms));
}

}  // namespace
}  // namespace cw::test
