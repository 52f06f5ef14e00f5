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
  SuspensionWatch watch{30s};
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

void pass(std::chrono::nanoseconds time) {
  const auto end = SuspensionWatch::boot_time() + time.count();
  ASSERT_TRUE(test::wait_until([&] { return SuspensionWatch::boot_time() > end; }, 60s));
}

// Goal: the real clock and the real signal. Method: a child waits until it is told to go on, and
// answers by its exit code.
TEST(SuspensionWatch, AStoppedProcessKnowsItWhenItGoesOn) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    SuspensionWatch watch{500ms};
    const bool told = write(ready[1], "r", 1) == 1 && raise(SIGSTOP) == 0;
    _exit(told && watch.stood_still() ? 1 : 0);
  }
  ASSERT_GT(child, 0);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  pass(700ms);
  kill(child, SIGCONT);
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace cw::kafka
