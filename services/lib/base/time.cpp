#include "lib/base/time.hpp"

#include "lib/base/assert.hpp"

#include <date/tz.h>

#include <array>
#include <cstdio>
#include <cstring>
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

/// "00" to "99" one after another.
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

void write_pair(char* out, std::uint32_t value) noexcept {
  std::memcpy(out, kPairs.data() + std::size_t{2} * value, 2);
}

/// Two digits as a number; over 99 if they are not digits.
std::uint32_t read_pair(const char* at) noexcept {
  const auto tens = static_cast<std::uint32_t>(static_cast<unsigned char>(at[0])) - '0';
  const auto ones = static_cast<std::uint32_t>(static_cast<unsigned char>(at[1])) - '0';
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
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

char* write_instant(char* out, Instant instant) noexcept {
  const auto day = std::chrono::floor<days>(instant);
  const Day date{day};
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  const auto rest = static_cast<std::uint32_t>((instant - day).count());
  const std::uint32_t second = rest / 1000;
  const std::uint32_t minute = second / 60;
  const std::uint32_t fraction = rest % 1000;
  CW_ASSERT(year <= 9999);
  std::memcpy(out, "0000-00-00T00:00:00.000Z", kInstantBytes);
  write_pair(out, year / 100);
  write_pair(out + 2, year % 100);
  write_pair(out + 5, static_cast<unsigned>(date.month()));
  write_pair(out + 8, static_cast<unsigned>(date.day()));
  write_pair(out + 11, minute / 60);
  write_pair(out + 14, minute % 60);
  write_pair(out + 17, second % 60);
  out[20] = static_cast<char>('0' + fraction / 100);
  write_pair(out + 21, fraction % 100);
  return out + kInstantBytes;
}

std::optional<Instant> scan_instant(std::string_view text) noexcept {
  if (text.size() != kInstantBytes) return {};
  const char* at = text.data();
  const bool marks = at[4] == '-' && at[7] == '-' && at[10] == 'T' && at[13] == ':' &&
                     at[16] == ':' && at[19] == '.' && at[23] == 'Z';
  const std::uint32_t century = read_pair(at);
  const std::uint32_t year = read_pair(at + 2);
  const std::uint32_t hour = read_pair(at + 11);
  const std::uint32_t minute = read_pair(at + 14);
  const std::uint32_t second = read_pair(at + 17);
  const auto tenths = static_cast<std::uint32_t>(static_cast<unsigned char>(at[20])) - '0';
  const std::uint32_t hundredths = read_pair(at + 21);
  if (!marks || century > 99 || year > 99 || hour > 23 || minute > 59 || second > 59 ||
      tenths > 9 || hundredths > 99) {
    return {};
  }
  const Day day{std::chrono::year{static_cast<int>(century * 100 + year)},
                std::chrono::month{read_pair(at + 5)},
                std::chrono::day{read_pair(at + 8)}};
  if (!day.ok()) return {};
  return Instant{std::chrono::sys_days{day}} + hours{hour} + minutes{minute} + seconds{second} +
         milliseconds{tenths * 100 + hundredths};
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
