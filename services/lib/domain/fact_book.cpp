#include "lib/domain/fact_book.hpp"

namespace cw {

void FactBook::put(const FactView& fact) {
  auto found = incidents_.find(fact.incident);
  if (found == incidents_.end()) {
    found = incidents_.emplace(fact.incident, std::make_unique<FactTable>()).first;
  }
  auto& table = *found->second;
  size_ -= table.size();
  table.put(fact, reporting_);
  size_ += table.size();
}

void FactBook::retract(const FactView& fact) {
  const auto found = incidents_.find(fact.incident);
  if (found == incidents_.end()) return;
  size_ -= found->second->size();
  found->second->retract(fact, reporting_);
  size_ += found->second->size();
}

void FactBook::retract(const FactId& id, const CardRef& card) {
  FactView fact;
  fact.incident = id.incident.get();
  fact.issuer = id.issuer.get();
  fact.report = id.report.get();
  fact.known_from = id.known_from;
  fact.card = card;
  retract(fact);
}

const FactTable* FactBook::table(std::string_view incident) const {
  const auto found = incidents_.find(incident);
  return found == incidents_.end() ? nullptr : found->second.get();
}

void FactBook::for_each_standing(const IncidentId& incident,
                                 std::optional<Instant> known_at,
                                 const std::function<void(const FactView&)>& visit) const {
  const auto* facts = table(incident.get());
  if (facts == nullptr) return;
  FactWindow window;
  window.known_since = window.known_to = known_at.value_or(kKnownNow);
  facts->rows().scan(window, [&](const FactRows::Chunk& chunk, std::span<std::uint16_t> rows) {
    for (const auto row : rows) {
      auto fact = facts->fact_at(chunk, row);
      fact.incident = incident.get();
      visit(fact);
    }
  });
}

}  // namespace cw
