#include "lib/config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace cw::config {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t factor;
};

// Largest first, as the formatting wants it.
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kByteUnits = {
    {{"GiB", std::int64_t{1} << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};

template <std::size_t kCount>
std::optional<std::int64_t> parse(std::string_view text, const std::array<Unit, kCount>& units) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto number = parse_number(text.substr(0, digits));
  const auto suffix = digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.suffix != suffix) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t kCount>
std::string format(std::int64_t value, const std::array<Unit, kCount>& units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string{unit.suffix};
    }
  }
  return "0" + std::string{units.back().suffix};
}

}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, kTimeUnits);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{*value};
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(duration.count(), kTimeUnits);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const auto value = parse(text, kByteUnits);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::string format_bytes(std::uint64_t bytes) {
  return format(static_cast<std::int64_t>(bytes), kByteUnits);
}

}  // namespace cw::config
