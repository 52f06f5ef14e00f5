#include "lib/domain/card_exposures.hpp"

#include <algorithm>

namespace cw {
namespace {

const IncidentId kNoIncident{};

/// One incident (or none) under which a report may stand, and how it stood last.
struct Slot {
  const IncidentId* incident = nullptr;
  const IncidentExposures* exposures = nullptr;  ///< Null: the card has no records of it.
  bool active = false;
  std::uint32_t revision = 0;
  Outcome outcome = Outcome::kNotExposed;
};

/// Follows one report through the instants at which anything about it could change.
class ReportHistory {
 public:
  ReportHistory(std::span<const ReportRevision> revisions,
                std::span<const IncidentExposures> exposures,
                const Control& control,
                std::vector<Fact>& out)
      : revisions_(revisions), control_(control), out_(out) {
    for (const auto& group : exposures) slots_.push_back({group.incident, &group});
    for (const auto& revision : revisions) {
      if (revision.incident) add_slot(*revision.incident);
    }
    add_slot(kNoIncident);
  }

  void step(Instant at) {
    const auto* standing = standing_at(at);
    if (standing == nullptr) return;
    if (!standing->is_away()) iin_ = standing->iin;
    bool exposed = false;
    for (auto& slot : slots_) {
      std::optional<Outcome> outcome;
      // R10: a revision that names another card is a CLSE here.
      const bool active = is_active(standing->action) && !standing->is_away();
      if (active) outcome = outcome_of(slot, *standing, at, exposed);
      move(slot, *standing, outcome, at);
    }
  }

 private:
  void add_slot(const IncidentId& incident) {
    const bool held = std::any_of(
        slots_.begin(), slots_.end(), [&](const Slot& slot) { return *slot.incident == incident; });
    if (!held) slots_.push_back({&incident, nullptr});
  }

  /// R7. Revisions are in rising order.
  [[nodiscard]] const ReportRevision* standing_at(Instant at) const {
    for (auto revision = revisions_.rbegin(); revision != revisions_.rend(); ++revision) {
      if (revision->received_at <= at) return &*revision;
    }
    return nullptr;
  }

  /// R11 to R14. `exposed` gathers over the slots, those with records first, whether any incident
  /// has the card; the slot of no incident comes last and asks for it.
  static std::optional<Outcome> outcome_of(const Slot& slot,
                                           const ReportRevision& report,
                                           Instant at,
                                           bool& exposed) {
    if (slot.exposures != nullptr) {
      if (const auto outcome = slot.exposures->outcome(report, at)) {
        exposed = true;
        return outcome;
      }
    }
    const bool named = report.incident ? *report.incident == *slot.incident
                                       : *slot.incident == kNoIncident && !exposed;
    return named ? std::optional{Outcome::kNotExposed} : std::nullopt;
  }

  /// Emits a fact if the slot's state changes. A report that is not active under an incident says
  /// so once, whatever else is revised meanwhile.
  void move(Slot& slot, const ReportRevision& report, std::optional<Outcome> outcome, Instant at) {
    if (!outcome && !slot.active) return;
    if (outcome && slot.active && slot.revision == report.revision && slot.outcome == *outcome) {
      return;
    }
    slot.active = outcome.has_value();
    slot.revision = report.revision;
    slot.outcome = outcome.value_or(slot.outcome);
    emit(slot, report, at);
  }

  void emit(const Slot& slot, const ReportRevision& report, Instant at) {
    const auto* scope = control_.scope(*slot.incident, at);
    Fact fact;
    fact.id = {*slot.incident, report.issuer, report.report, at};
    fact.revision = report.revision;
    fact.card = report.home();
    fact.card_issuer = control_.issuer_of(iin_);
    fact.outcome = slot.outcome;
    fact.active = slot.active;
    fact.attributable = slot.active && is_attributable(report.fraud_type, slot.outcome);
    fact.scope_revision = scope != nullptr ? scope->revision : 0;
    fact.member = report.member;
    fact.reported_at = report.reported_at;
    fact.received_at = report.received_at;
    fact.disposition = report.disposition;
    fact.fraud_type = report.fraud_type;
    fact.approved = report.approved;
    fact.imported = report.imported;
    out_.push_back(std::move(fact));
  }

  std::span<const ReportRevision> revisions_;
  const Control& control_;
  std::vector<Fact>& out_;
  std::vector<Slot> slots_;
  Iin iin_ = 0;  ///< Of this card, as the last revision that named it said.
};

void sort_unique(std::vector<Instant>& instants) {
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
}

/// Instants at which the card's exposure or the control over it changes.
std::vector<Instant> exposure_instants(std::span<const IncidentExposures> exposures) {
  std::vector<Instant> instants;
  for (const auto& group : exposures) {
    for (const auto& record : group.records) instants.push_back(record.received_at);
    for (const auto& epoch : group.epochs) instants.push_back(epoch.from);
  }
  sort_unique(instants);
  return instants;
}

}  // namespace

std::vector<Fact> derive_facts(const CardInputs& inputs,
                               std::span<const IncidentExposures> exposures,
                               const Control& control) {
  std::vector<Fact> facts;
  const std::span<const ReportRevision> all{inputs.reports()};
  if (all.empty()) return facts;
  const auto shared = exposure_instants(exposures);
  std::vector<Instant> instants;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t end = first + 1;
    while (end < all.size() && all[end].issuer == all[first].issuer &&
           all[end].report == all[first].report) {
      ++end;
    }
    const auto revisions = all.subspan(first, end - first);
    instants = shared;
    for (const auto& revision : revisions) instants.push_back(revision.received_at);
    sort_unique(instants);
    ReportHistory history{revisions, exposures, control, facts};
    for (const auto instant : instants) history.step(instant);
    first = end;
  }
  std::sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.id < b.id; });
  return facts;
}

}  // namespace cw
