#include "matcher/engine/control_plan.hpp"

#include <algorithm>

namespace cw::matcher {

const FilePlan* EpochPlan::standing(Symbol file, Instant at) const noexcept {
  const auto found = std::find_if(
      files.begin(), files.end(), [file](const FilePlan& plan) { return plan.name == file; });
  if (found == files.end()) return nullptr;
  return found->withdrawn_at && *found->withdrawn_at <= at ? nullptr : &*found;
}

const EpochPlan* IncidentPlan::at(Instant at) const noexcept {
  // The newest one holds nearly always.
  if (!epochs.empty() && epochs.back().from <= at) return &epochs.back();
  const auto next = std::upper_bound(
      epochs.begin(), epochs.end(), at, [](Instant instant, const EpochPlan& epoch) {
        return instant < epoch.from;
      });
  return next == epochs.begin() ? nullptr : &*std::prev(next);
}

ControlPlan::ControlPlan(Control control, SymbolTable& symbols) : control_(std::move(control)) {
  for (const auto* incident : control_.incidents()) add(incident->id, symbols);
}

void ControlPlan::add(const IncidentId& id, SymbolTable& symbols) {
  IncidentPlan plan;
  plan.id = symbols.intern(id.get());
  for (const auto& epoch : control_.epochs(id)) {
    EpochPlan out;
    out.from = epoch.from;
    if (epoch.scope) {
      out.scope = compiled(*epoch.scope, symbols);
      out.scope_revision = epoch.scope->revision;
    }
    if (epoch.version) {
      const auto& version = *epoch.version;
      out.declared = true;
      out.open = version.incident.state == IncidentState::kOpen;
      out.zone = &version.zone;
      for (std::size_t i = 0; i < version.incident.files.size(); ++i) {
        const auto& file = version.incident.files[i];
        out.files.push_back({symbols.intern(file.name.get()),
                             version.at_risk_starts[i],
                             file.withdrawn_at,
                             file.at_risk_from,
                             file.at_risk_to});
      }
    }
    plan.epochs.push_back(std::move(out));
  }
  incidents_.push_back(std::move(plan));
}

CompiledPredicate* ControlPlan::compiled(const ScopeRevision& scope, const SymbolTable& symbols) {
  auto& held = scopes_[&scope];
  if (!held) held = std::make_unique<CompiledPredicate>(scope.predicate, symbols);
  return held.get();
}

const IncidentPlan* ControlPlan::incident(Symbol id) const noexcept {
  const auto found = std::find_if(
      incidents_.begin(), incidents_.end(), [id](const auto& plan) { return plan.id == id; });
  return found == incidents_.end() ? nullptr : &*found;
}

}  // namespace cw::matcher
