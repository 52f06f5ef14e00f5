#include "matcher/engine/outcome_plan.hpp"

namespace cw::matcher {

std::optional<Outcome> outcome_of(const ReportView& report,
                                  std::span<const StoredExposure> records,
                                  const EpochPlan& epoch) {
  if (!epoch.declared) return std::nullopt;
  bool exposed = false;
  bool at_risk = false;
  bool expiry_fits = false;
  for (const auto& record : records) {
    const auto* file = epoch.standing(record.file, report.received_at);
    if (file == nullptr) continue;
    exposed = true;
    if (report.attempted_at && file->at_risk_start > *report.attempted_at) continue;
    at_risk = true;
    if (report.expiry && record.expiry != *report.expiry) continue;
    expiry_fits = true;
    if (epoch.scope != nullptr && epoch.scope->selects(record)) return Outcome::kIdentified;
  }
  if (!exposed) return std::nullopt;
  if (!at_risk) return Outcome::kPredatesExposure;
  return expiry_fits ? Outcome::kInFile : Outcome::kExpiryMismatch;
}

}  // namespace cw::matcher
