#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/fact_book.hpp"

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
  std::vector<CountKey> by;
};

struct CountRow {
  std::vector<std::string> key;  ///< One text per CountQuery::by; "none" where a report has none.
  std::uint64_t count = 0;

  friend auto operator<=>(const CountRow&, const CountRow&) = default;
};

struct CountResult {
  std::uint64_t figure = 0;
  std::vector<CountRow> rows;  ///< Sorted by key; they sum to `figure`. Empty without breakdown.
  /// The distinct set that was counted, one canonical line each, sorted: what R21's digest is over.
  std::vector<std::string> members_of_set;
};

/// Counts over the facts that stand at `query.known_at`. Exact. Pure.
[[nodiscard]] CountResult count(const FactBook& facts, const CountQuery& query);

}  // namespace cw
