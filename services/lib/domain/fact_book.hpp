#pragma once

#include "lib/domain/fact.hpp"
#include "lib/domain/fact_table.hpp"
#include "lib/domain/record_views.hpp"
#include "lib/domain/reporting_log.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cw {

/// All facts, folded from the matcher's emissions: the last word on each fact stands. A fact is
/// known by (incident, issuer, report, card, known_from), because a report whose revisions name
/// different cards has facts with each of them (R10), told by different partitions in any order.
/// THREAD: const access is safe; the owner serialises changes.
class FactBook {
 public:
  /// A fact that is new or changed.
  void put(const FactView& fact);
  void put(const Fact& fact) { put(view_of(fact)); }
  /// The fact no longer exists; only what it is known by is looked at.
  void retract(const FactView& fact);
  void retract(const FactId& id, const CardRef& card);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The facts of an incident ("": of reports under no incident); nullptr if it never had one.
  [[nodiscard]] const FactTable* table(std::string_view incident) const;
  /// When the reports came that the facts rest on.
  [[nodiscard]] const ReportingLog& reporting() const noexcept { return reporting_; }

  /// Calls `visit` once per report and card of `incident` with the fact that stands at `known_at`
  /// (default: the newest), in the order of R20. Reports not yet known are left out.
  void for_each_standing(const IncidentId& incident,
                         std::optional<Instant> known_at,
                         const std::function<void(const FactView&)>& visit) const;

 private:
  std::map<std::string, std::unique_ptr<FactTable>, std::less<>> incidents_;
  ReportingLog reporting_;
  std::size_t size_ = 0;
};

/// The instant that stands for "everything" in a window of rows.
inline constexpr Instant kKnownNow = Instant::max() - std::chrono::milliseconds{1};

}  // namespace cw
