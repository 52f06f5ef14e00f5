#include "store_numbers.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

// RocksDB keeps threads for the whole process, which a fork does not take along. So the test
// process itself never opens a store here: everything is done in children.

namespace cw::store {
namespace {

namespace fs = std::filesystem;

constexpr int kKilled = -100;
constexpr int kNotPossibleHere = 77;

/// Runs `body` in a child process: its result, or kKilled if a signal ended it.
int in_child(const std::function<int()>& body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    const int result = body();
    ::_exit(::write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  int result = -1;
  int status = 0;
  ::close(ends[1]);
  const bool told = ::read(ends[0], &result, sizeof result) == sizeof result;
  ::close(ends[0]);
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return kKilled;
  return told ? result : -1;
}

int whole_batches_in_child(const fs::path& folder) {
  return in_child([&] { return whole_batches(folder); });
}

TEST(StoreCrash, AKilledProcessLeavesAPrefixOfTheBatches) {
  const test::TempDir dir;
  const int ended = in_child([&] {
    Options options;
    options.write_buffer_bytes = std::size_t{64} << 10U;
    auto store = KeyValueStore::open(dir / "s", options);
    if (!store || !write_numbers(*store.value(), 0, 1'000)) return 1;
    ::raise(SIGKILL);
    return 2;
  });
  ASSERT_EQ(ended, kKilled);
  const int kept = whole_batches_in_child(dir / "s");
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, 1'000);
}

TEST(StoreCrash, WhatWasFlushedSurvivesAKill) {
  const test::TempDir dir;
  const int ended = in_child([&] {
    auto store = KeyValueStore::open(dir / "s", {});
    if (!store || !write_numbers(*store.value(), 0, 10) || !store.value()->flush()) return 1;
    if (!write_numbers(*store.value(), 10, 20)) return 1;
    ::raise(SIGKILL);
    return 2;
  });
  ASSERT_EQ(ended, kKilled);
  EXPECT_EQ(whole_batches_in_child(dir / "s"), 10);
}

TEST(StoreCrash, AnotherProcessIsRefusedUntilTheFirstEnds) {
  const test::TempDir dir;
  const auto second = [&] {
    const auto store = KeyValueStore::open(dir / "s", {});
    return store ? 0 : static_cast<int>(store.error().code);
  };
  const int seen = in_child([&] {
    // The other process first, for the reason above: it waits until the store is open here.
    std::array<int, 2> go{};
    std::array<int, 2> answer{};
    if (::pipe(go.data()) != 0 || ::pipe(answer.data()) != 0) return -1;
    if (::fork() == 0) {
      char start = 0;
      int result = ::read(go[0], &start, 1) == 1 ? second() : -1;
      ::_exit(::write(answer[1], &result, sizeof result) == sizeof result ? 0 : 1);
    }
    auto store = KeyValueStore::open(dir / "s", {});
    int result = -1;
    if (!store || ::write(go[1], "g", 1) != 1) return -1;
    return ::read(answer[0], &result, sizeof result) == sizeof result ? result : -1;
  });
  EXPECT_EQ(seen, static_cast<int>(Errc::kStoreLocked));
  EXPECT_EQ(in_child(second), 0);
}

bool fill(const fs::path& ballast) {
  std::FILE* file = std::fopen(ballast.c_str(), "w");
  if (file == nullptr) return false;
  static_cast<void>(std::setvbuf(file, nullptr, _IONBF, 0));
  const std::string block(4'096, 'b');
  while (std::fwrite(block.data(), 1, block.size(), file) == block.size()) {
  }
  return std::fclose(file) == 0;
}

/// Mounts 16 MiB there that only this process sees.
bool mount_small_volume(const fs::path& at) {
  const std::string user = "0 " + std::to_string(::getuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getgid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/uid_map") << user;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/gid_map") << group;
  return ::mount("t", at.c_str(), "tmpfs", 0, "size=16m") == 0;
}

/// Runs in a child that has a volume of 16 MiB of its own. 0 is success, else where it went wrong.
int fill_a_volume(const fs::path& at) {
  if (!mount_small_volume(at)) return kNotPossibleHere;
  Options options;
  options.compression = Compression::kNone;
  options.write_buffer_bytes = std::size_t{512} << 10U;
  auto store = KeyValueStore::open(at / "s", options);
  if (!store || !write_numbers(*store.value(), 0, 100) || !store.value()->flush()) return 1;
  if (!fill(at / "ballast")) return 2;
  if (!write_numbers(*store.value(), 100, 200)) return 3;
  const Status flushed = store.value()->flush();
  if (flushed || flushed.error().code != Errc::kStoreFull) return 4;
  const Status health = store.value()->health();
  if (health || health.error().code != Errc::kStoreFull) return 5;
  fs::remove(at / "ballast");
  if (!test::wait_until([&] { return store.value()->health().has_value(); },
                        std::chrono::seconds(20))) {
    return 6;
  }
  if (!store.value()->close()) return 7;
  store.value().reset();
  return whole_batches(at / "s") == 200 ? 0 : 8;
}

TEST(StoreCrash, AFullVolumeIsToldAndOvercomeWhenThereIsSpace) {
  const test::TempDir dir;
  const int ended = in_child([&] { return fill_a_volume(dir.path()); });
  if (ended == kNotPossibleHere) GTEST_SKIP() << "no right to mount a small volume here";
  EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace cw::store
