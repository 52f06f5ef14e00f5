#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::config {

[[nodiscard]] std::optional<std::int64_t> parse_number(std::string_view text);

/// "250ms", "5s", "10m", "1h", "7d"; the unit is required, so that no reader has to guess.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// With the largest unit that divides it.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// "4096", "64KiB", "10MiB", "1GiB".
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace cw::config
