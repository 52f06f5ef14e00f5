#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace cw::telemetry {

/// Lets `burst` events through per `period` and counts the rest. For log lines that a peer can
/// trigger: without it one hostile client fills the disk. THREAD: safe.
class Throttle {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Throttle(std::uint32_t burst = 5, Clock::duration period = std::chrono::seconds{10})
      : burst_(burst), period_(period) {}

  /// The number of events held back since the last one let through, or nothing if this one is
  /// to be held back too.
  [[nodiscard]] std::optional<std::uint64_t> admit(Clock::time_point at = Clock::now());

 private:
  const std::uint32_t burst_;
  const Clock::duration period_;
  std::mutex mutex_;
  Clock::time_point window_start_{};
  std::uint32_t admitted_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace cw::telemetry
