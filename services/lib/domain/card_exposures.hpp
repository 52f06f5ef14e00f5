#pragma once

#include "lib/domain/control.hpp"
#include "lib/domain/derive.hpp"
#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"

#include <optional>
#include <span>
#include <vector>

namespace cw {

/// A card's records of one incident with what control says of that incident. A view into inputs
/// and control; lives no longer than either.
struct IncidentExposures {
  const IncidentId* incident = nullptr;
  std::span<const ExposureRecord> records;  ///< By (file, record).
  std::span<const IncidentEpoch> epochs;

  /// Whether `record` is known under what control says at `at`: received, its incident known and
  /// its file declared and not withdrawn.
  [[nodiscard]] static bool exists(const ExposureRecord& record,
                                   const IncidentEpoch& epoch,
                                   Instant at);
  /// R11 to R14 for an active report; nullopt if no record exists at `at` (E is empty).
  [[nodiscard]] std::optional<Outcome> outcome(const ReportRevision& report, Instant at) const;
};

/// The card's records by incident.
[[nodiscard]] std::vector<IncidentExposures> exposures_by_incident(const CardInputs& inputs,
                                                                   const Control& control);

/// The facts of a card's reports, by id (R7 to R16).
[[nodiscard]] std::vector<Fact> derive_facts(const CardInputs& inputs,
                                             std::span<const IncidentExposures> exposures,
                                             const Control& control);

/// The card's watch entry (R22 to R24); `facts` are the card's, by id, and `answers` what issuers
/// said of it, one of each issuer. Only the answer of the issuer that the entry would go to counts.
[[nodiscard]] std::optional<WatchEntry> derive_watch(std::span<const IncidentExposures> exposures,
                                                     std::span<const Fact> facts,
                                                     std::span<const IssuerAnswer> answers,
                                                     const Control& control);

}  // namespace cw
