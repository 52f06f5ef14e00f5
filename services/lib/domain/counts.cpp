#include "lib/domain/counts.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace cw {
namespace {

constexpr std::string_view kNone = "none";

/// A member reference is the issuer's free text: keep one element of the set one line of text.
void append_escaped(std::string& line, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && c != '%') {
      line += c;
    } else {
      line += '%';
      line += kHex[byte >> 4U];
      line += kHex[byte & 15U];
    }
  }
}

/// R19: what `fact` counts as, as one line.
std::string element_of(const Fact& fact, CountUnit unit) {
  if (unit == CountUnit::kReports) {
    return "report " + fact.id.issuer.get() + ' ' + fact.id.report.get();
  }
  if (unit == CountUnit::kMembers && fact.member) {
    std::string line = "member " + fact.id.issuer.get() + ' ';
    append_escaped(line, *fact.member);
    return line;
  }
  return "card " + fact.card.hex();
}

/// R20: the order that says under which report a card or member is shown.
bool earlier(const Fact& a, const Fact& b) {
  return std::tie(a.reported_at, a.received_at, a.id.issuer, a.id.report) <
         std::tie(b.reported_at, b.received_at, b.id.issuer, b.id.report);
}

std::string key_text(const Fact& fact, CountKey key, const TimeZone& zone) {
  switch (key) {
    case CountKey::kIssuer:
      return fact.card_issuer.get();
    case CountKey::kOutcome:
      return std::string(text(fact.outcome));
    case CountKey::kDisposition:
      return std::string(fact.disposition ? text(*fact.disposition) : kNone);
    case CountKey::kFraudType:
      return std::string(text(fact.fraud_type));
    case CountKey::kDay:
      return format_day(zone.day_of(fact.reported_at));
    case CountKey::kApproved:
      if (!fact.approved) return std::string(kNone);
      return *fact.approved ? "approved" : "declined";
  }
  return std::string(kNone);
}

/// R18, apart from the incident and the two clocks.
class Filter {
 public:
  explicit Filter(const CountQuery& query)
      : query_(query),
        first_(query.time_zone.start_of(query.since)),
        last_(query.time_zone.end_of(query.as_of)) {}

  [[nodiscard]] bool takes(const Fact& fact) const {
    if (!fact.active || fact.reported_at < first_ || fact.reported_at > last_) return false;
    if (query_.attributable == AttributableFilter::kOnly && !fact.attributable) return false;
    if (query_.attributable == AttributableFilter::kExclude && fact.attributable) return false;
    return query_.outcomes.empty() ||
           std::find(query_.outcomes.begin(), query_.outcomes.end(), fact.outcome) !=
               query_.outcomes.end();
  }

 private:
  const CountQuery& query_;
  Instant first_;
  Instant last_;
};

using Elements = std::unordered_map<std::string, const Fact*>;

std::vector<CountRow> breakdown(const Elements& elements, const CountQuery& query) {
  std::map<std::vector<std::string>, std::uint64_t> rows;
  std::vector<std::string> key;
  for (const auto& [line, fact] : elements) {
    key.clear();
    for (const auto by : query.by) key.push_back(key_text(*fact, by, query.time_zone));
    ++rows[key];
  }
  std::vector<CountRow> out;
  out.reserve(rows.size());
  for (const auto& [row_key, row_count] : rows) out.push_back({row_key, row_count});
  return out;
}

}  // namespace

CountResult count(const FactBook& facts, const CountQuery& query) {
  const Filter filter{query};
  Elements elements;
  facts.for_each_standing(query.incident, query.known_at, [&](const Fact& fact) {
    if (!filter.takes(fact)) return;
    const auto [held, added] = elements.try_emplace(element_of(fact, query.unit), &fact);
    if (!added && earlier(fact, *held->second)) held->second = &fact;
  });
  CountResult result;
  result.figure = elements.size();
  if (!query.by.empty()) result.rows = breakdown(elements, query);
  result.members_of_set.reserve(elements.size());
  for (const auto& [line, fact] : elements) result.members_of_set.push_back(line);
  std::sort(result.members_of_set.begin(), result.members_of_set.end());
  return result;
}

}  // namespace cw
