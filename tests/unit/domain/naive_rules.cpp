#include "naive_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace cw::test {
namespace {

const Incident* version_at(const History& history, const IncidentId& id, Instant at) {
  const Incident* found = nullptr;
  for (const auto& version : history.incidents) {
    if (version.id != id || version.effective_at > at) continue;
    if (found == nullptr || version.version > found->version) found = &version;
  }
  return found;
}

const ScopeRevision* scope_at(const History& history, const IncidentId& id, Instant at) {
  const ScopeRevision* found = nullptr;
  for (const auto& scope : history.scopes) {
    if (scope.incident != id || scope.state != ScopeState::kApproved) continue;
    if (scope.effective_at > at) continue;
    if (found == nullptr || scope.revision > found->revision) found = &scope;
  }
  return found;
}

const FileDeclaration* standing_file(const Incident& incident, const FileName& name, Instant at) {
  for (const auto& file : incident.files) {
    if (file.name != name) continue;
    return file.withdrawn_at && *file.withdrawn_at <= at ? nullptr : &file;
  }
  return nullptr;
}

/// E: the card's records of the incident known at T.
std::vector<ExposureRecord> records_at(const History& history,
                                       const CardRef& card,
                                       const IncidentId& id,
                                       Instant at) {
  std::vector<ExposureRecord> records;
  const auto* incident = version_at(history, id, at);
  if (incident == nullptr) return records;
  for (const auto& record : history.exposures) {
    if (record.card != card || record.incident != id || record.received_at > at) continue;
    if (standing_file(*incident, record.file, at) == nullptr) continue;
    records.push_back(record);
  }
  return records;
}

Instant risk_start(const Incident& incident, const FileName& name) {
  for (const auto& file : incident.files) {
    if (file.name == name) {
      return TimeZone::find(incident.time_zone).value().start_of(file.at_risk_from);
    }
  }
  return Instant::max();
}

Outcome outcome_of(const History& history,
                   const std::vector<ExposureRecord>& e,
                   const ReportRevision& report,
                   Instant at) {
  const auto& incident = *version_at(history, e.front().incident, at);
  std::vector<ExposureRecord> m;
  for (const auto& record : e) {
    if (!report.attempted_at || risk_start(incident, record.file) <= *report.attempted_at) {
      m.push_back(record);
    }
  }
  if (m.empty()) return Outcome::kPredatesExposure;
  std::vector<ExposureRecord> fitting;
  for (const auto& record : m) {
    if (!report.expiry || record.expiry == *report.expiry) fitting.push_back(record);
  }
  if (fitting.empty()) return Outcome::kExpiryMismatch;
  const auto* scope = scope_at(history, incident.id, at);
  for (const auto& record : fitting) {
    if (scope != nullptr && scope->predicate.selects(record.file.get(), record.attributes)) {
      return Outcome::kIdentified;
    }
  }
  return Outcome::kInFile;
}

std::set<IncidentId> incident_ids(const History& history) {
  std::set<IncidentId> ids;
  for (const auto& incident : history.incidents) ids.insert(incident.id);
  for (const auto& report : history.reports) {
    if (report.incident) ids.insert(*report.incident);
  }
  return ids;
}

/// R7, R8 and R10: of each report the revision that stands at T, if it names this card. Copies say
/// nothing that their originals do not say.
std::vector<ReportRevision> standing_reports(const History& history,
                                             const CardRef& card,
                                             Instant at) {
  std::map<std::tuple<std::string, std::string>, ReportRevision> standing;
  for (const auto& report : history.reports) {
    if (report.filed_under || report.received_at > at) continue;
    const auto key = std::tuple{report.issuer.get(), report.report.get()};
    const auto [held, added] = standing.try_emplace(key, report);
    if (added) continue;
    const auto& other = held->second;
    const bool greater = report.revision > other.revision;
    const bool earlier =
        report.revision == other.revision && std::tie(report.received_at, report.content_hash) <
                                                 std::tie(other.received_at, other.content_hash);
    if (greater || earlier) held->second = report;
  }
  std::vector<ReportRevision> reports;
  for (const auto& [key, report] : standing) {
    if (report.card == card) reports.push_back(report);
  }
  return reports;
}

bool attributable(const NaiveStanding& standing) {
  static const std::set<FraudType> kOthers = {FraudType::kLost,
                                              FraudType::kStolen,
                                              FraudType::kNotReceived,
                                              FraudType::kFalseApplication,
                                              FraudType::kFirstParty};
  const bool matched =
      standing.outcome == Outcome::kIdentified || standing.outcome == Outcome::kInFile;
  return matched && !kOthers.contains(standing.report.fraud_type);
}

/// R22 at the end of time, for one incident.
std::vector<ExposureRecord> watched_records(const History& history,
                                            const CardRef& card,
                                            const IncidentId& id,
                                            Instant at) {
  const auto* incident = version_at(history, id, at);
  if (incident == nullptr || incident->state != IncidentState::kOpen) return {};
  return records_at(history, card, id, at);
}

/// When the level now standing was reached while the file held the card.
Instant since(const History& history, const CardRef& card, const WatchReason& reason) {
  std::optional<Instant> start;
  for (const auto instant : instants_of(history)) {
    bool held = false;
    for (const auto& record : records_at(history, card, reason.incident, instant)) {
      held = held || record.file == reason.file;
    }
    const bool same = held && naive_level(history, card, reason.incident, instant) == reason.level;
    if (!same) start.reset();
    if (same && !start) start = instant;
  }
  return start.value();
}

std::string element(const NaiveStanding& standing, CountUnit unit) {
  const auto& report = standing.report;
  if (unit == CountUnit::kReports) return report.issuer.get() + '\n' + report.report.get();
  if (unit == CountUnit::kCards || !report.member) return report.card.hex();
  return report.issuer.get() + '\n' + *report.member;
}

std::string property(const History& history,
                     const NaiveStanding& standing,
                     CountKey key,
                     const TimeZone& zone) {
  const auto& report = standing.report;
  switch (key) {
    case CountKey::kIssuer:
      return naive_issuer(history, report.iin).get();
    case CountKey::kOutcome:
      return std::string(text(standing.outcome));
    case CountKey::kDisposition:
      return report.disposition ? std::string(text(*report.disposition)) : "none";
    case CountKey::kFraudType:
      return std::string(text(report.fraud_type));
    case CountKey::kDay:
      return format_day(zone.day_of(report.reported_at));
    case CountKey::kApproved:
      return !report.approved ? "none" : *report.approved ? "approved" : "declined";
  }
  return "";
}

bool asked_for(const NaiveStanding& standing, const CountQuery& query) {
  const auto day = query.time_zone.day_of(standing.report.reported_at);
  if (day < query.since || day > query.as_of) return false;
  if (query.attributable == AttributableFilter::kOnly && !standing.attributable) return false;
  if (query.attributable == AttributableFilter::kExclude && standing.attributable) return false;
  return query.outcomes.empty() ||
         std::count(query.outcomes.begin(), query.outcomes.end(), standing.outcome) > 0;
}

}  // namespace

NaiveState naive_state(const History& history, const CardRef& card, Instant at) {
  NaiveState state;
  for (const auto& report : standing_reports(history, card, at)) {
    if (report.action == ReportAction::kClse || report.action == ReportAction::kDupl) continue;
    bool exposed = false;
    const auto put = [&](const std::string& incident, Outcome outcome) {
      NaiveStanding standing{report, outcome, false};
      standing.attributable = attributable(standing);
      state[{incident, report.issuer.get(), report.report.get()}] = standing;
    };
    for (const auto& id : incident_ids(history)) {
      const auto e = records_at(history, card, id, at);
      if (!e.empty()) {
        exposed = true;
        put(id.get(), outcome_of(history, e, report, at));
      } else if (report.incident == id) {
        put(id.get(), Outcome::kNotExposed);
      }
    }
    if (!report.incident && !exposed) put("", Outcome::kNotExposed);
  }
  return state;
}

std::vector<Instant> instants_of(const History& history) {
  std::set<Instant> instants;
  for (const auto& record : history.exposures) instants.insert(record.received_at);
  for (const auto& report : history.reports) instants.insert(report.received_at);
  for (const auto& scope : history.scopes) instants.insert(scope.effective_at);
  for (const auto& incident : history.incidents) {
    instants.insert(incident.effective_at);
    for (const auto& file : incident.files) {
      if (file.withdrawn_at) instants.insert(*file.withdrawn_at);
    }
  }
  return {instants.begin(), instants.end()};
}

std::optional<WatchLevel> naive_level(const History& history,
                                      const CardRef& card,
                                      const IncidentId& incident,
                                      Instant at) {
  const auto records = watched_records(history, card, incident, at);
  if (records.empty()) return std::nullopt;
  for (const auto& [key, standing] : naive_state(history, card, at)) {
    if (std::get<0>(key) == incident.get() && standing.attributable) {
      return WatchLevel::kFraudReported;
    }
  }
  const auto* scope = scope_at(history, incident, at);
  for (const auto& record : records) {
    if (scope != nullptr && scope->predicate.selects(record.file.get(), record.attributes)) {
      return WatchLevel::kIdentified;
    }
  }
  return WatchLevel::kInFile;
}

std::optional<WatchEntry> naive_entry(const History& history, const CardRef& card) {
  std::vector<ExposureRecord> watched;
  std::map<std::tuple<std::string, std::string>, WatchReason> reasons;
  WatchEntry entry;
  for (const auto& id : incident_ids(history)) {
    const auto level = naive_level(history, card, id, Instant::max());
    if (!level) continue;
    entry.level = std::max(entry.level, *level);
    const auto zone = TimeZone::find(version_at(history, id, Instant::max())->time_zone).value();
    for (const auto& record : watched_records(history, card, id, Instant::max())) {
      watched.push_back(record);
      const auto& file =
          *standing_file(*version_at(history, id, Instant::max()), record.file, Instant::max());
      WatchReason reason{id, record.file, *level, 0, {}, file.at_risk_from, file.at_risk_to};
      const auto start = since(history, card, reason);
      const auto* scope = scope_at(history, id, start);
      reason.scope_revision = scope != nullptr ? scope->revision : 0;
      reason.since = zone.day_of(start);
      reasons[{id.get(), record.file.get()}] = reason;
    }
  }
  if (watched.empty()) return std::nullopt;
  std::sort(watched.begin(), watched.end(), [](const auto& a, const auto& b) {
    return std::tie(a.incident, a.file, a.record) < std::tie(b.incident, b.file, b.record);
  });
  entry.card = card;
  entry.issuer = naive_issuer(history, watched.front().iin);
  if (naive_released(history, card, entry.issuer)) return std::nullopt;
  entry.sealed_pan = watched.front().sealed_pan;
  entry.file_key = watched.front().file_key;
  for (const auto& record : watched) entry.expiry = std::max(entry.expiry, record.expiry);
  const auto first =
      std::min_element(watched.begin(), watched.end(), [](const auto& a, const auto& b) {
        return a.received_at < b.received_at;
      });
  const auto* incident = version_at(history, first->incident, Instant::max());
  entry.watch_from = TimeZone::find(incident->time_zone).value().day_of(first->received_at);
  for (const auto& [key, reason] : reasons) entry.reasons.push_back(reason);
  return entry;
}

bool naive_released(const History& history, const CardRef& card, const IssuerId& issuer) {
  std::map<std::pair<Instant, std::string>, CardStatus> answers;
  for (const auto& answer : history.answers) {
    if (answer.card != card || answer.issuer != issuer) continue;
    answers[{answer.received_at, std::string(text(answer.status))}] = answer.status;
  }
  if (answers.empty()) return false;
  const auto newest = answers.rbegin()->second;
  return newest == CardStatus::kReissued || newest == CardStatus::kClosed;
}

IssuerId naive_issuer(const History& history, Iin iin) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%08u", iin);
  const std::string digits(buffer.data(), 8);
  IssuerId best = kUnassignedIssuer;
  std::size_t length = 0;
  for (const auto& issuer : history.issuers) {
    const bool stands =
        std::none_of(history.issuers.begin(), history.issuers.end(), [&](const Issuer& other) {
          return other.id == issuer.id && other.version > issuer.version;
        });
    if (!stands) continue;
    for (const auto& range : issuer.iin_ranges) {
      if (!digits.starts_with(range) || range.size() < length) continue;
      if (range.size() == length && best < issuer.id) continue;
      best = issuer.id;
      length = range.size();
    }
  }
  return best;
}

NaiveCount naive_count(const History& history, const CountQuery& query) {
  std::set<CardRef> cards;
  for (const auto& report : history.reports) cards.insert(report.card);
  std::map<std::string, std::vector<NaiveStanding>> elements;
  for (const auto& card : cards) {
    for (const auto& [key, standing] :
         naive_state(history, card, query.known_at.value_or(Instant::max()))) {
      if (std::get<0>(key) != query.incident.get() || !asked_for(standing, query)) continue;
      elements[element(standing, query.unit)].push_back(standing);
    }
  }
  NaiveCount result;
  result.figure = elements.size();
  for (const auto& [name, standings] : elements) {
    const auto earliest = std::min_element(
        standings.begin(), standings.end(), [](const NaiveStanding& a, const NaiveStanding& b) {
          const auto order = [](const ReportRevision& r) {
            return std::tie(r.reported_at, r.received_at, r.issuer, r.report);
          };
          return order(a.report) < order(b.report);
        });
    std::vector<std::string> key;
    for (const auto by : query.by) key.push_back(property(history, *earliest, by, query.time_zone));
    ++result.rows[key];
  }
  return result;
}

}  // namespace cw::test
