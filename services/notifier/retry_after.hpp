#pragma once

#include "lib/base/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace cw::notifier {

/// What a Retry-After header asks for, from `now` on: seconds, or a date as RFC 9110 writes it
/// ("Sun, 06 Nov 1994 08:49:37 GMT"; a past one is zero). Nothing if it is neither. Bounded by
/// `max`, so that a receiver cannot silence its feed for years by mistake.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, Instant now, std::chrono::milliseconds max);

}  // namespace cw::notifier
