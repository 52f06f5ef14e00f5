#pragma once

#include <chrono>
#include <thread>

namespace cw::test {

/// Asks `happened` every few milliseconds until it says yes or `deadline` is over, and returns its
/// last answer. For events that cannot wake a waiter (a file, another process); this is the only
/// place in the tests that sleeps.
template <class Predicate>
[[nodiscard]] bool wait_until(Predicate&& happened,
                              std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!happened()) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace cw::test
