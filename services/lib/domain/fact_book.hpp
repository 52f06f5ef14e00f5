#pragma once

#include "lib/domain/fact.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

namespace cw {

/// All facts, folded from the matcher's emissions: the last word on each fact id stands.
/// THREAD: const access is safe; the owner serialises changes.
class FactBook {
 public:
  /// A fact that is new or changed.
  void put(const Fact& fact);
  /// The fact no longer exists.
  void retract(const FactId& id);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Calls `visit` once per report of `incident` with the fact that stands at `known_at`
  /// (default: the newest), in order of (issuer, report). Reports not yet known are left out.
  void for_each_standing(const IncidentId& incident,
                         std::optional<Instant> known_at,
                         const std::function<void(const Fact&)>& visit) const;

 private:
  using ReportKey = std::tuple<IssuerId, ReportId>;
  using History = std::map<Instant, Fact>;

  std::map<IncidentId, std::map<ReportKey, History>> incidents_;
  std::size_t size_ = 0;
};

}  // namespace cw
