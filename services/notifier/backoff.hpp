#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace cw::notifier {

/// A number in [0, 1), evenly spread; a parameter so that tests choose it.
using Dice = std::function<double()>;

struct BackoffOptions {
  std::chrono::milliseconds base = std::chrono::seconds{1};
  std::chrono::milliseconds max = std::chrono::minutes{5};
};

/// The pause before attempt number `failures` + 1: evenly spread over [0, min(max, base *
/// 2^(failures-1))] ("full jitter"), so that receivers that come back are not met by all senders
/// at once; never less than `floor` (the receiver's Retry-After, or zero).
[[nodiscard]] std::chrono::milliseconds backoff(const BackoffOptions& options,
                                                std::uint32_t failures,
                                                std::chrono::milliseconds floor,
                                                double dice);

}  // namespace cw::notifier
