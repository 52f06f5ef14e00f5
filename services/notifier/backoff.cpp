#include "notifier/backoff.hpp"

#include <algorithm>

namespace cw::notifier {

std::chrono::milliseconds backoff(const BackoffOptions& options,
                                  std::uint32_t failures,
                                  std::chrono::milliseconds floor,
                                  double dice) {
  auto ceiling = std::min(options.base, options.max);
  for (std::uint32_t i = 1; i < failures && ceiling < options.max; ++i) {
    ceiling = std::min(ceiling * 2, options.max);
  }
  const auto spread = static_cast<double>(ceiling.count()) * std::clamp(dice, 0.0, 1.0);
  return std::max(floor, std::chrono::milliseconds{static_cast<std::int64_t>(spread)});
}

}  // namespace cw::notifier
