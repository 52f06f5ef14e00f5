#include "naive_counts.hpp"

#include <algorithm>
#include <string_view>

namespace cw::test {
namespace {

std::string element(const Fact& fact, CountUnit unit) {
  if (unit == CountUnit::kReports) {
    return "report " + fact.id.issuer.get() + ' ' + fact.id.report.get();
  }
  if (unit == CountUnit::kMembers && fact.member) {
    return "member " + fact.id.issuer.get() + ' ' + *fact.member;
  }
  return "card " + fact.card.hex();
}

bool counts(const Fact& fact, const CountQuery& query) {
  const auto day = query.time_zone.day_of(fact.reported_at);
  if (!fact.active || day < query.since || day > query.as_of) return false;
  const bool wanted = query.attributable == AttributableFilter::kBoth ||
                      fact.attributable == (query.attributable == AttributableFilter::kOnly);
  return wanted && (query.outcomes.empty() ||
                    std::count(query.outcomes.begin(), query.outcomes.end(), fact.outcome) > 0);
}

std::string key_text(const Fact& fact, CountKey key, const TimeZone& zone) {
  switch (key) {
    case CountKey::kIssuer:
      return fact.card_issuer.get();
    case CountKey::kOutcome:
      return std::string(text(fact.outcome));
    case CountKey::kDisposition:
      return std::string(fact.disposition ? text(*fact.disposition) : "none");
    case CountKey::kFraudType:
      return std::string(text(fact.fraud_type));
    case CountKey::kDay:
      return format_day(zone.day_of(fact.reported_at));
    case CountKey::kApproved:
      break;
  }
  return !fact.approved ? "none" : *fact.approved ? "approved" : "declined";
}

auto order_of(const Fact& fact) {
  return std::tie(fact.reported_at, fact.received_at, fact.id.issuer, fact.id.report, fact.card);
}

}  // namespace

void NaiveFacts::put(const Fact& fact) {
  const Key key{fact.id.incident, fact.id.issuer, fact.id.report, fact.card};
  histories_[key].insert_or_assign(fact.id.known_from, fact);
}

void NaiveFacts::retract(const Fact& fact) {
  const Key key{fact.id.incident, fact.id.issuer, fact.id.report, fact.card};
  const auto found = histories_.find(key);
  if (found == histories_.end()) return;
  found->second.erase(fact.id.known_from);
  if (found->second.empty()) histories_.erase(found);
}

std::size_t NaiveFacts::size() const {
  std::size_t facts = 0;
  for (const auto& [key, history] : histories_) facts += history.size();
  return facts;
}

std::vector<Fact> NaiveFacts::all() const {
  std::vector<Fact> facts;
  for (const auto& [key, history] : histories_) {
    for (const auto& [from, fact] : history) facts.push_back(fact);
  }
  return facts;
}

std::vector<const Fact*> NaiveFacts::standing(const IncidentId& incident,
                                              std::optional<Instant> known_at) const {
  std::vector<const Fact*> facts;
  for (const auto& [key, history] : histories_) {
    if (std::get<0>(key) != incident) continue;
    const auto next = known_at ? history.upper_bound(*known_at) : history.end();
    if (next != history.begin()) facts.push_back(&std::prev(next)->second);
  }
  return facts;
}

NaiveFigure naive_figure(const NaiveFacts& facts, const CountQuery& query) {
  std::map<std::string, const Fact*> earliest;
  for (const auto* fact : facts.standing(query.incident, query.known_at)) {
    if (!counts(*fact, query)) continue;
    const auto [held, added] = earliest.emplace(element(*fact, query.unit), fact);
    if (!added && order_of(*fact) < order_of(*held->second)) held->second = fact;
  }
  NaiveFigure result;
  std::map<std::vector<std::string>, std::uint64_t> rows;
  for (const auto& [line, fact] : earliest) {
    result.set.push_back(line);
    std::vector<std::string> key;
    for (const auto by : query.by) key.push_back(key_text(*fact, by, query.time_zone));
    ++rows[key];
  }
  result.figure = earliest.size();
  if (query.by.empty()) return result;
  for (const auto& [key, count] : rows) result.rows.push_back({key, count});
  return result;
}

}  // namespace cw::test
