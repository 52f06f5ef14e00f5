#pragma once

#include "lib/domain/fact.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

namespace cw {

/// All facts, folded from the matcher's emissions: the last word on each fact stands. A fact is
/// known by (incident, issuer, report, card, known_from), because a report whose revisions name
/// different cards has facts with each of them (R10), told by different partitions in any order.
/// THREAD: const access is safe; the owner serialises changes.
class FactBook {
 public:
  /// A fact that is new or changed.
  void put(const Fact& fact);
  /// The fact of `card` no longer exists.
  void retract(const FactId& id, const CardRef& card);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Calls `visit` once per report and card of `incident` with the fact that stands at `known_at`
  /// (default: the newest), in order of (issuer, report, card). Reports not yet known are left out.
  void for_each_standing(const IncidentId& incident,
                         std::optional<Instant> known_at,
                         const std::function<void(const Fact&)>& visit) const;

 private:
  using ReportKey = std::tuple<IssuerId, ReportId, CardRef>;
  using History = std::map<Instant, Fact>;

  std::map<IncidentId, std::map<ReportKey, History>> incidents_;
  std::size_t size_ = 0;
};

}  // namespace cw
