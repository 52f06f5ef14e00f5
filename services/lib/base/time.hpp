#pragma once

#include "lib/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cw {

/// rules.md R1: an instant is UTC with millisecond precision.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
/// A calendar day, in whatever time zone the context names.
using Day = std::chrono::year_month_day;

/// RFC 3339 with an offset or Z, up to millisecond precision (further digits are cut off).
/// Fails with kTimestampInvalid.
[[nodiscard]] Result<Instant> parse_instant(std::string_view text);
/// "2009-07-23T01:00:00.000Z".
[[nodiscard]] std::string format_instant(Instant instant);
/// The same text, kInstantBytes long, into a buffer, for hot paths. The year must be 0 to 9999.
/// Returns the end.
inline constexpr std::size_t kInstantBytes = 24;
char* write_instant(char* out, Instant instant) noexcept;
/// Reads exactly the form of format_instant, for hot paths; nothing if it is another or no time.
[[nodiscard]] std::optional<Instant> scan_instant(std::string_view text) noexcept;
/// "2009-07-23". Fails with kTimestampInvalid.
[[nodiscard]] Result<Day> parse_day(std::string_view text);
[[nodiscard]] std::string format_day(Day day);

/// The wall clock, cut to milliseconds.
[[nodiscard]] Instant now();

/// An IANA time zone. Immutable and cheap to copy. THREAD: safe.
class TimeZone {
 public:
  /// UTC.
  TimeZone();
  /// By name, e.g. "Asia/Tokyo". Fails with kNotFound.
  [[nodiscard]] static Result<TimeZone> find(std::string_view name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The day that `instant` falls on.
  [[nodiscard]] Day day_of(Instant instant) const;
  /// The first instant of `day`.
  [[nodiscard]] Instant start_of(Day day) const;
  /// The last instant of `day` (one millisecond before the next day starts).
  [[nodiscard]] Instant end_of(Day day) const;

 private:
  std::string name_ = "UTC";
  const void* zone_ = nullptr;  ///< date::time_zone, which lives as long as the process.
};

}  // namespace cw
