#include "lib/kafka/suspension_watch.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace cw::kafka {
namespace {

constexpr std::int64_t kTicksPerLimit = 20;
constexpr std::int64_t kTickMax = 1'000'000'000;

}  // namespace

std::int64_t SuspensionWatch::boot_time() {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

SuspensionWatch::SuspensionWatch(std::chrono::nanoseconds limit, ClockNow now)
    : now_(std::move(now)), limit_(limit.count()), last_(now_()) {
  thread_ = std::thread{[this] { run(); }};
}

SuspensionWatch::~SuspensionWatch() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool SuspensionWatch::stood_still() noexcept {
  // The thread may not have run again yet, or it has: then the flag was set before the time.
  const auto last = last_.load();
  if (now_() - last > limit_) stood_still_ = true;
  return stood_still_;
}

void SuspensionWatch::run() {
  const std::chrono::nanoseconds tick{std::min(limit_ / kTicksPerLimit, kTickMax)};
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, tick, [this] { return stopping_; })) {
    const auto now = now_();
    if (now - last_ > limit_) stood_still_ = true;
    last_ = now;
  }
}

}  // namespace cw::kafka
