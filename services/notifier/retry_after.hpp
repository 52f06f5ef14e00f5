#pragma once

#include "lib/base/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace cw::notifier {

/// "Sun, 06 Nov 1994 08:49:37 GMT", as RFC 9110 writes a date; nothing if it is not that.
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text);

/// What a Retry-After header asks for, from `now` on: seconds, or a date (a past one is
/// zero). Nothing if it is neither. Bounded by
/// `max`, so that a receiver cannot silence its feed for years by mistake.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, Instant now, std::chrono::milliseconds max);

}  // namespace cw::notifier
