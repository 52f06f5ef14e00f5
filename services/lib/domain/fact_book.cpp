#include "lib/domain/fact_book.hpp"

namespace cw {

void FactBook::put(const Fact& fact) {
  auto& history = incidents_[fact.id.incident][{fact.id.issuer, fact.id.report, fact.card}];
  const auto [place, added] = history.insert_or_assign(fact.id.known_from, fact);
  if (added) ++size_;
}

void FactBook::retract(const FactId& id, const CardRef& card) {
  const auto reports = incidents_.find(id.incident);
  if (reports == incidents_.end()) return;
  const auto history = reports->second.find({id.issuer, id.report, card});
  if (history == reports->second.end()) return;
  size_ -= history->second.erase(id.known_from);
  if (history->second.empty()) reports->second.erase(history);
  if (reports->second.empty()) incidents_.erase(reports);
}

void FactBook::for_each_standing(const IncidentId& incident,
                                 std::optional<Instant> known_at,
                                 const std::function<void(const Fact&)>& visit) const {
  const auto reports = incidents_.find(incident);
  if (reports == incidents_.end()) return;
  for (const auto& [key, history] : reports->second) {
    const auto next = known_at ? history.upper_bound(*known_at) : history.end();
    if (next != history.begin()) visit(std::prev(next)->second);
  }
}

}  // namespace cw
