#pragma once

#include "lib/base/time.hpp"

#include <chrono>
#include <optional>

namespace cw::codec {

/// The rule for times of records, a function of the record alone, so that everyone judges alike
/// whenever he reads it: none lies before 1990, and none that an issuer tells lies more than 24
/// hours after the report was received. Breaking it is kTimestampRange.
inline constexpr Instant kEarliestTime{
    std::chrono::sys_days{std::chrono::year{1990} / std::chrono::January / 1}};
inline constexpr std::chrono::hours kTimeLead{24};

[[nodiscard]] constexpr bool time_in_range(Instant told, Instant received_at) noexcept {
  return told >= kEarliestTime && told <= received_at + kTimeLead;
}

[[nodiscard]] constexpr bool times_in_range(Instant reported_at,
                                            const std::optional<Instant>& attempted_at,
                                            Instant received_at) noexcept {
  return received_at >= kEarliestTime && time_in_range(reported_at, received_at) &&
         (!attempted_at || time_in_range(*attempted_at, received_at));
}

}  // namespace cw::codec
