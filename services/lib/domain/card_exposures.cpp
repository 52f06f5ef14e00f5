#include "lib/domain/card_exposures.hpp"

namespace cw {

bool IncidentExposures::exists(const ExposureRecord& record,
                               const IncidentEpoch& epoch,
                               Instant at) {
  return record.received_at <= at && epoch.version != nullptr &&
         epoch.version->file_stands(epoch.version->file(record.file), at);
}

std::optional<Outcome> IncidentExposures::outcome(const ReportRevision& report, Instant at) const {
  const auto* epoch = epoch_at(epochs, at);
  if (epoch == nullptr) return std::nullopt;
  bool exposed = false;
  bool at_risk = false;
  bool expiry_fits = false;
  for (const auto& record : records) {
    if (!exists(record, *epoch, at)) continue;
    exposed = true;
    const auto& version = *epoch->version;
    const auto start = version.at_risk_starts[version.file(record.file)];
    if (report.attempted_at && start > *report.attempted_at) continue;
    at_risk = true;
    if (report.expiry && record.expiry != *report.expiry) continue;
    expiry_fits = true;
    if (epoch->scope && epoch->scope->predicate.selects(record.file.get(), record.attributes)) {
      return Outcome::kIdentified;
    }
  }
  if (!exposed) return std::nullopt;
  if (!at_risk) return Outcome::kPredatesExposure;
  return expiry_fits ? Outcome::kInFile : Outcome::kExpiryMismatch;
}

std::vector<IncidentExposures> exposures_by_incident(const CardInputs& inputs,
                                                     const Control& control) {
  std::vector<IncidentExposures> groups;
  const std::span<const ExposureRecord> all{inputs.exposures()};
  for (std::size_t first = 0; first < all.size();) {
    std::size_t end = first + 1;
    while (end < all.size() && all[end].incident == all[first].incident) ++end;
    const auto& incident = all[first].incident;
    groups.push_back({&incident, all.subspan(first, end - first), control.epochs(incident)});
    first = end;
  }
  return groups;
}

}  // namespace cw
