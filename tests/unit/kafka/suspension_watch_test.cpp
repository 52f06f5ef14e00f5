#include "lib/kafka/suspension_watch.hpp"

#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;

TEST(SuspensionWatch, AProcessThatRunsDidNotStandStill) {
  SuspensionWatch watch{1s};
  const auto end = SuspensionWatch::boot_time() + 300'000'000;
  EXPECT_TRUE(test::wait_until([&] { return SuspensionWatch::boot_time() > end; }, 10s));
  EXPECT_FALSE(watch.stood_still());
}

TEST(SuspensionWatch, WhoAsksFirstAfterAGapIsToldOfIt) {
  std::atomic<std::int64_t> now{0};
  SuspensionWatch watch{1h, [&now] { return now.load(); }};
  EXPECT_FALSE(watch.stood_still());
  now = std::chrono::nanoseconds{1h}.count();
  EXPECT_FALSE(watch.stood_still()) << "no longer than the limit";
  now = now + 1;
  EXPECT_TRUE(watch.stood_still()) << "the watch's own thread has not looked yet";
}

TEST(SuspensionWatch, AGapIsRememberedThatOnlyTheWatchSaw) {
  std::atomic<std::int64_t> now{0};
  std::atomic<int> looks{0};
  SuspensionWatch watch{20ms, [&] {
                          ++looks;
                          return now.load();
                        }};
  now = std::chrono::nanoseconds{1h}.count();
  const int before = looks;
  ASSERT_TRUE(test::wait_until([&] { return looks > before + 2; }, 20s));
  EXPECT_TRUE(watch.stood_still());
}

// Goal: the real clock and the real signal. Method: a child answers by its exit code.
TEST(SuspensionWatch, AStoppedProcessKnowsItWhenItGoesOn) {
  for (const auto& [pause, expected] : {std::pair{0ms, 0}, {700ms, 1}}) {
    const pid_t child = fork();
    if (child == 0) {
      SuspensionWatch watch{500ms};
      const auto end = SuspensionWatch::boot_time() + 400'000'000;
      while (SuspensionWatch::boot_time() < end) usleep(1'000);
      _exit(watch.stood_still() ? 1 : 0);
    }
    ASSERT_GT(child, 0);
    if (pause > 0ms) {
      usleep(100'000);
      kill(child, SIGSTOP);
      usleep(static_cast<useconds_t>(std::chrono::microseconds{pause}.count()));
      kill(child, SIGCONT);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), expected);
  }
}

}  // namespace
}  // namespace cw::kafka
