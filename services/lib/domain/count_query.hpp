#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw {

enum class CountUnit : std::uint8_t { kReports, kCards, kMembers };
enum class CountKey : std::uint8_t {
  kIssuer,  ///< The card's issuer.
  kOutcome,
  kDisposition,
  kFraudType,
  kDay,  ///< Of reported_at, in the incident's time zone.
  kApproved,
};
enum class AttributableFilter : std::uint8_t { kOnly, kExclude, kBoth };

[[nodiscard]] std::string_view text(CountUnit unit) noexcept;  ///< "members" ...
[[nodiscard]] std::optional<CountUnit> count_unit_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view text(CountKey key) noexcept;  ///< "fraud_type" ...
[[nodiscard]] std::optional<CountKey> count_key_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view text(AttributableFilter filter) noexcept;  ///< "only" ...
[[nodiscard]] std::optional<AttributableFilter> attributable_filter_from(
    std::string_view text) noexcept;

/// What to count (rules.md R18 to R21).
struct CountQuery {
  static constexpr std::size_t kKeysMax = 6;

  IncidentId incident;
  TimeZone time_zone;  ///< The incident's.
  CountUnit unit = CountUnit::kMembers;
  Day since;
  Day as_of;
  std::optional<Instant> known_at;  ///< Default: everything.
  std::vector<Outcome> outcomes;    ///< Empty: all.
  AttributableFilter attributable = AttributableFilter::kOnly;
  std::vector<CountKey> by;  ///< Each at most once.
};

struct CountRow {
  std::vector<std::string> key;  ///< One text per CountQuery::by; "none" where a report has none.
  std::uint64_t count = 0;

  friend auto operator<=>(const CountRow&, const CountRow&) = default;
};

}  // namespace cw
