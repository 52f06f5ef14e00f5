#pragma once

#include "lib/domain/answer.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

/// A slow, direct reading of rules.md: the state at an instant T, computed from the whole history
/// each time. Shares with the library only the plain structs, the predicates and the time zones.
namespace cw::test {

struct History {
  std::vector<ExposureRecord> exposures;
  std::vector<ReportRevision> reports;
  std::vector<Incident> incidents;
  std::vector<Issuer> issuers;
  std::vector<ScopeRevision> scopes;
  std::vector<IssuerAnswer> answers;
};

/// How an active report stands under an incident at T.
struct NaiveStanding {
  ReportRevision report;
  Outcome outcome = Outcome::kNotExposed;
  bool attributable = false;
};

/// (incident, or "" for none; issuer; report id) of the active reports at T.
using NaiveState = std::map<std::tuple<std::string, std::string, std::string>, NaiveStanding>;

[[nodiscard]] NaiveState naive_state(const History& history, const CardRef& card, Instant at);

/// Every instant at which anything of the history happens.
[[nodiscard]] std::vector<Instant> instants_of(const History& history);

/// R23 at T; nullopt: not watched.
[[nodiscard]] std::optional<WatchLevel> naive_level(const History& history,
                                                    const CardRef& card,
                                                    const IncidentId& incident,
                                                    Instant at);
/// Whether the issuer's newest answer about the card releases it (R22).
[[nodiscard]] bool naive_released(const History& history,
                                  const CardRef& card,
                                  const IssuerId& issuer);
/// The whole entry (R22 to R24).
[[nodiscard]] std::optional<WatchEntry> naive_entry(const History& history, const CardRef& card);

[[nodiscard]] IssuerId naive_issuer(const History& history, Iin iin);

/// Figure and rows of a query over all cards of the history (R18 to R20).
struct NaiveCount {
  std::uint64_t figure = 0;
  std::map<std::vector<std::string>, std::uint64_t> rows;
};
[[nodiscard]] NaiveCount naive_count(const History& history, const CountQuery& query);

}  // namespace cw::test
