#include "lib/base/time.hpp"

#include <date/tz.h>

#include <array>
#include <cstdio>
#include <exception>

namespace cw {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads exactly `width` digits at `at`; -1 if they are not there.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is(std::string_view text, std::size_t at, char wanted) {
  return at < text.size() && text[at] == wanted;
}

Error bad(std::string_view what) {
  return Error{Errc::kTimestampInvalid, "not " + std::string(what)};
}

std::optional<Day> read_day(std::string_view text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || !is(text, 4, '-') || !is(text, 7, '-')) return {};
  const Day result{std::chrono::year{year},
                   std::chrono::month{static_cast<unsigned>(month)},
                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!result.ok()) return {};
  return result;
}

/// The fraction after '.', cut to milliseconds; moves `at` behind it. -1 if malformed.
int read_fraction(std::string_view text, std::size_t& at) {
  if (!is(text, at, '.')) return 0;
  const std::size_t first = ++at;
  int value = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    if (at - first < 3) value = value * 10 + (text[at] - '0');
    ++at;
  }
  if (at == first) return -1;
  for (std::size_t width = at - first; width < 3; ++width) value *= 10;
  return value;
}

/// The offset at the end: Z or +hh:mm or -hh:mm, in minutes.
std::optional<minutes> read_offset(std::string_view text, std::size_t at) {
  if ((is(text, at, 'Z') || is(text, at, 'z')) && at + 1 == text.size()) return minutes{0};
  const int hour = digits(text, at + 1, 2);
  const int minute = digits(text, at + 4, 2);
  if (!is(text, at + 3, ':') || at + 6 != text.size()) return {};
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return {};
  const minutes offset = hours{hour} + minutes{minute};
  if (is(text, at, '+')) return offset;
  if (is(text, at, '-')) return -offset;
  return {};
}

const date::time_zone* as_zone(const void* zone) {
  return static_cast<const date::time_zone*>(zone);
}

}  // namespace

Result<Instant> parse_instant(std::string_view text) {
  const auto day = read_day(text);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (!day || !(is(text, 10, 'T') || is(text, 10, 't')) || !is(text, 13, ':') ||
      !is(text, 16, ':') || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return bad("an RFC 3339 time with seconds");
  }
  std::size_t at = 19;
  const int fraction = read_fraction(text, at);
  if (fraction < 0) return bad("an RFC 3339 time: empty fraction");
  const auto offset = read_offset(text, at);
  if (!offset) return bad("an RFC 3339 time: the offset (Z or +hh:mm) is missing or malformed");
  return Instant{std::chrono::sys_days{*day}} + hours{hour} + minutes{minute} + seconds{second} +
         milliseconds{fraction} - *offset;
}

std::string format_instant(Instant instant) {
  const auto day = std::chrono::floor<days>(instant);
  const Day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  std::array<char, 40> buffer{};
  const int size = std::snprintf(buffer.data(),
                                 buffer.size(),
                                 "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                 static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()),
                                 static_cast<int>(time.hours().count()),
                                 static_cast<int>(time.minutes().count()),
                                 static_cast<int>(time.seconds().count()),
                                 static_cast<int>(time.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

Result<Day> parse_day(std::string_view text) {
  const auto day = text.size() == 10 ? read_day(text) : std::nullopt;
  if (!day) return bad("a day as YYYY-MM-DD");
  return *day;
}

std::string format_day(Day day) {
  return format_instant(std::chrono::sys_days{day}).substr(0, 10);
}

Instant now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

TimeZone::TimeZone() : zone_(date::locate_zone("UTC")) {}

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    TimeZone zone;
    zone.zone_ = date::locate_zone(std::string(name));
    zone.name_ = std::string(name);
    return zone;
  } catch (const std::exception&) {
    return Error{Errc::kNotFound,
                 "no time zone \"" + std::string(name) + "\" in the system's tz database"};
  }
}

Day TimeZone::day_of(Instant instant) const {
  const auto local = as_zone(zone_)->to_local(instant);
  return Day{std::chrono::sys_days{std::chrono::floor<days>(local.time_since_epoch())}};
}

Instant TimeZone::start_of(Day day) const {
  const date::local_days local{std::chrono::sys_days{day}.time_since_epoch()};
  return std::chrono::time_point_cast<milliseconds>(
      as_zone(zone_)->to_sys(local, date::choose::earliest));
}

Instant TimeZone::end_of(Day day) const {
  return start_of(Day{std::chrono::sys_days{day} + days{1}}) - milliseconds{1};
}

}  // namespace cw
