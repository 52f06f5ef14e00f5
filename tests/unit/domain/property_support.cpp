#include "property_support.hpp"

#include "domain_samples.hpp"

#include <algorithm>
#include <cstdlib>

namespace cw::test {
namespace {

std::string line(const ReportRevision& report, Outcome outcome, bool attributable) {
  return std::to_string(report.revision) + ' ' + std::string(text(outcome)) + ' ' +
         (attributable ? "attributable " : "other ") + format_instant(report.reported_at) + ' ' +
         format_instant(report.received_at) + ' ' + report.member.value_or("-") + ' ' +
         std::string(text(report.fraud_type));
}

std::string line(const Fact& fact) {
  ReportRevision report;
  report.revision = fact.revision;
  report.reported_at = fact.reported_at;
  report.received_at = fact.received_at;
  report.member = fact.member;
  report.fraud_type = fact.fraud_type;
  return line(report, fact.outcome, fact.attributable);
}

}  // namespace

std::uint64_t base_seed() {
  const char* text = std::getenv("CW_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 20090723;
}

std::uint64_t history_count(std::uint64_t histories) {
  const char* text = std::getenv("CW_HISTORIES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : histories;
}

CardInputs inputs_of(const History& history, const CardRef& card) {
  CardInputs all;
  for (const auto& record : history.exposures) {
    if (record.card != card) continue;
    EXPECT_TRUE(all.add(record).has_value());
  }
  for (const auto& report : history.reports) {
    if (report.home() != card) continue;
    EXPECT_TRUE(all.add(report).has_value());
  }
  for (const auto& answer : history.answers) {
    if (answer.card != card) continue;
    EXPECT_TRUE(all.add(answer).has_value());
  }
  return all;
}

CardResult derive_card(const History& history, std::uint8_t number) {
  return derive(inputs_of(history, card(number)), control(control_of(history)));
}

FactBook book_of(const History& history, std::uint8_t cards) {
  FactBook book;
  for (std::uint8_t number = 1; number <= cards; ++number) {
    for (const auto& fact : derive_card(history, number).facts) book.put(fact);
  }
  return book;
}

StandingLines standing_at(const CardResult& result, Instant at) {
  std::map<std::tuple<std::string, std::string, std::string>, const Fact*> last;
  for (const auto& fact : result.facts) {
    if (fact.id.known_from > at) continue;
    const auto*& held = last[{fact.id.incident.get(), fact.id.issuer.get(), fact.id.report.get()}];
    if (held == nullptr || held->id.known_from < fact.id.known_from) held = &fact;
  }
  StandingLines lines;
  for (const auto& [key, fact] : last) {
    if (fact->active) lines[key] = line(*fact);
  }
  return lines;
}

StandingLines lines_of(const NaiveState& state) {
  StandingLines lines;
  for (const auto& [key, standing] : state) {
    lines[key] = line(standing.report, standing.outcome, standing.attributable);
  }
  return lines;
}

Arrival::Arrival(const History& history, HistoryGenerator& random) {
  const auto add = [&](const auto& item) {
    items.emplace_back(item);
    while (random.chance(25)) items.emplace_back(item);
  };
  for (const auto& record : history.exposures) add(record);
  for (const auto& report : history.reports) add(report);
  for (const auto& answer : history.answers) add(answer);
  for (const auto& record : control_of(history)) add(record);
  std::shuffle(items.begin(), items.end(), random.engine());
}

void EmissionReader::take(const CardDifference& change) {
  for (const auto& fact : change.changed) facts_[fact.id] = fact;
  for (const auto& fact : change.retracted) ASSERT_EQ(facts_.erase(fact.id), 1U);
  for (const auto& watch : change.watch) {
    const bool held = entries_.contains(watch.entry.issuer);
    ASSERT_EQ(held, watch.op != FeedOp::kAddd);
    if (watch.op == FeedOp::kDelt) {
      entries_.erase(watch.entry.issuer);
    } else {
      entries_[watch.entry.issuer] = watch.entry;
    }
  }
}

CardResult EmissionReader::result() const {
  CardResult held;
  for (const auto& [id, fact] : facts_) held.facts.push_back(fact);
  EXPECT_LE(entries_.size(), 1U);
  if (!entries_.empty()) held.entry = entries_.begin()->second;
  return held;
}

}  // namespace cw::test
