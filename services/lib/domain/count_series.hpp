#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/count_query.hpp"
#include "lib/domain/fact_book.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw {

/// Weeks end on Sunday, months on their last day; the last step ends on as_of.
enum class SeriesStep : std::uint8_t { kDay, kWeek, kMonth };
enum class SeriesKnown : std::uint8_t {
  kFixed,  ///< Every point as known at CountQuery::known_at.
  kEach,   ///< Every point as known at the end of its last day (at `now`, if that is earlier).
};

[[nodiscard]] std::string_view text(SeriesStep step) noexcept;  ///< "week" ...
[[nodiscard]] std::optional<SeriesStep> series_step_from(std::string_view text) noexcept;

struct SeriesQuery {
  /// More points than this are refused.
  static constexpr std::size_t kPointsMax = 10'000;
  /// As are more points times groups that occur.
  static constexpr std::size_t kCellsMax = 1'000'000;

  CountQuery count;  ///< With kEach its known_at is not looked at.
  SeriesStep step = SeriesStep::kDay;
  SeriesKnown known = SeriesKnown::kFixed;
  Instant now;
};

struct SeriesRow {
  std::vector<std::string> key;
  std::uint64_t count = 0;
  std::int64_t change = 0;

  friend bool operator==(const SeriesRow&, const SeriesRow&) = default;
};

/// One step. `figure` is count() as of `to` (and known at `known_at`); `change` is what it has more
/// than the point before, which is what is new in the step unless corrections took something away.
struct SeriesPoint {
  Day from;
  Day to;
  std::optional<Instant> known_at;  ///< Nothing: everything.
  std::uint64_t figure = 0;
  std::int64_t change = 0;
  std::vector<SeriesRow> rows;  ///< By key; those that count or have changed. Empty: no breakdown.
};

/// The cumulative counts from `since` on at the end of each step up to `as_of`, in one pass. Each
/// point equals count() asked for it alone. Fails with kBadRequest beyond the bounds above.
[[nodiscard]] Result<std::vector<SeriesPoint>> count_series(const FactBook& facts,
                                                            const SeriesQuery& query);

}  // namespace cw
