#include "lib/telemetry/throttle.hpp"

#include <utility>

namespace cw::telemetry {

std::optional<std::uint64_t> Throttle::admit(Clock::time_point at) {
  const std::lock_guard lock(mutex_);
  if (admitted_ == 0 || at - window_start_ >= period_) {
    window_start_ = at;
    admitted_ = 0;
  }
  if (admitted_ == burst_) {
    ++suppressed_;
    return std::nullopt;
  }
  ++admitted_;
  return std::exchange(suppressed_, 0);
}

}  // namespace cw::telemetry
