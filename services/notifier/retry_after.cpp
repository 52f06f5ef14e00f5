#include "notifier/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace cw::notifier {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kDateLength = 29;
// Longer than any bound that may be configured; keeps the arithmetic far from overflow.
constexpr std::int64_t kSecondsMax = 1'000'000'000;

std::optional<std::int64_t> number(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || digits.front() == '-' || rest != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kSecondsMax;
  if (error != std::errc{}) return std::nullopt;
  return std::min(value, kSecondsMax);
}

}  // namespace

// By fixed positions.
std::optional<Instant> parse_http_date(std::string_view text) {
  if (text.size() != kDateLength || text.substr(25) != " GMT") return std::nullopt;
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day calendar{
      std::chrono::year{static_cast<int>(*year)},
      std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!calendar.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Instant{std::chrono::sys_days{calendar}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           Instant now,
                                                           std::chrono::milliseconds max) {
  if (const auto seconds = number(value)) {
    return std::min<std::chrono::milliseconds>(std::chrono::seconds{*seconds}, max);
  }
  const auto at = parse_http_date(value);
  if (!at) return std::nullopt;
  return std::clamp<std::chrono::milliseconds>(*at - now, std::chrono::milliseconds{0}, max);
}

}  // namespace cw::notifier
