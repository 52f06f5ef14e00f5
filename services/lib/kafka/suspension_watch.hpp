#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace cw::kafka {

/// Notices that this process stood still (SIGSTOP, a frozen container, a suspended machine) for
/// longer than `limit`, at whatever moment: a thread of its own looks at the clock all the time,
/// and who asks looks at when it last did so. Once noticed it stays so.
class SuspensionWatch {
 public:
  /// Nanoseconds of a clock that goes on while the process stands still.
  using ClockNow = std::function<std::int64_t()>;

  explicit SuspensionWatch(std::chrono::nanoseconds limit, ClockNow now = boot_time);
  ~SuspensionWatch();
  SuspensionWatch(const SuspensionWatch&) = delete;
  SuspensionWatch& operator=(const SuspensionWatch&) = delete;

  /// THREAD: safe; right from the first instruction after the process goes on.
  [[nodiscard]] bool stood_still() noexcept;

  /// Goes on while the machine is suspended, too.
  [[nodiscard]] static std::int64_t boot_time();

 private:
  void run();

  ClockNow now_;
  std::int64_t limit_;
  std::atomic<std::int64_t> last_;
  std::atomic<bool> stood_still_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cw::kafka
