#include "support/process.hpp"

#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <signal.h>
#include <stdexcept>
#include <utility>

namespace cw::test {
namespace {

using namespace std::chrono_literals;

TEST(RunCommand, GivesStatusAndBothOutputs) {
  const auto result = run_command({"sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(RunCommand, AddsToTheEnvironmentAndOverridesIt) {
  const auto result =
      run_command({"sh", "-c", "echo $CW_ADDED; test -n \"$PATH\""}, {{"CW_ADDED", "yes"}});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "yes\n");
}

TEST(RunCommand, AProgramThatIsNotThereEndsWith127) {
  EXPECT_EQ(run_command({"cardwatch-no-such-program"}).status, 127);
}

TEST(RunCommand, DoesNotWaitForEver) {
  EXPECT_THROW(static_cast<void>(run_command({"sleep", "60"}, {}, 50ms)), std::runtime_error);
}

TEST(Process, TellsAKillFromAnExit) {
  Process crashed({"sleep", "60"});
  crashed.kill();
  EXPECT_FALSE(crashed.running());
  EXPECT_EQ(crashed.wait(), 128 + SIGKILL);

  Process stopped({"sleep", "60"});
  EXPECT_TRUE(stopped.running());
  EXPECT_EQ(stopped.stop(), 128 + SIGTERM);
}

TEST(Process, LeavesNothingRunningBehindItsScope) {
  pid_t pid = -1;
  {
    const Process process({"sleep", "60"});
    pid = process.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Process, CanBeMovedAndIsEndedOnce) {
  Process first({"sleep", "60"});
  Process second(std::move(first));
  EXPECT_TRUE(second.running());
  second = Process({"true"});
  EXPECT_EQ(second.wait(), 0);
}

TEST(Process, AppendsItsOutputToTheNamedFile) {
  const TempDir dir;
  const auto log = dir.write("log", "before\n");
  Process process({"echo", "after"}, {.environment = {}, .output = log});
  EXPECT_EQ(process.wait(), 0);
  EXPECT_EQ(read_file(log), "before\nafter\n");
}

}  // namespace
}  // namespace cw::test
