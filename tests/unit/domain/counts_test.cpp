#include "lib/domain/counts.hpp"

#include "domain_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

namespace cw {
namespace {

using namespace test;

/// An attributable fact of "leak": report `id` of jcb-a on card `number`, reported and known at
/// `when`.
Fact fact(std::string_view id, std::uint8_t number, std::string_view when) {
  Fact sample;
  sample.id = {kLeak, kJcb, ReportId{std::string(id)}, at(when)};
  sample.revision = 1;
  sample.card = card(number);
  sample.card_issuer = kJcb;
  sample.outcome = Outcome::kInFile;
  sample.attributable = true;
  sample.reported_at = at(when);
  sample.received_at = at(when);
  sample.fraud_type = FraudType::kCnpUse;
  return sample;
}

FactBook book(const std::vector<Fact>& facts) {
  FactBook all;
  for (const auto& item : facts) all.put(item);
  return all;
}

CountQuery query(CountUnit unit = CountUnit::kReports) {
  CountQuery sample;
  sample.incident = kLeak;
  sample.time_zone = TimeZone::find("Asia/Tokyo").value();
  sample.unit = unit;
  sample.since = day("2009-07-14");
  sample.as_of = day("2009-07-31");
  return sample;
}

TEST(Count, OfNothingIsZero) {
  const auto result = count(FactBook{}, query());
  EXPECT_EQ(result.figure, 0U);
  EXPECT_TRUE(result.rows.empty());
  EXPECT_TRUE(counted_set(FactBook{}, query()).empty());
}

TEST(Count, UnitsAreReportsCardsAndMembers) {
  auto first = fact("R-1", 1, "2009-07-20T00:00:00Z");
  auto second = fact("R-2", 1, "2009-07-21T00:00:00Z");
  auto third = fact("R-3", 2, "2009-07-22T00:00:00Z");
  auto fourth = fact("R-4", 3, "2009-07-23T00:00:00Z");
  first.member = "M-1";
  second.member = "M-1";
  third.member = "M-1";
  const auto facts = book({first, second, third, fourth});

  EXPECT_EQ(count(facts, query(CountUnit::kReports)).figure, 4U);
  EXPECT_EQ(count(facts, query(CountUnit::kCards)).figure, 3U);
  EXPECT_EQ(count(facts, query(CountUnit::kMembers)).figure, 2U) << "M-1 and the card without one";
}

TEST(Count, AMemberIsOneOfItsIssuer) {
  auto first = fact("R-1", 1, "2009-07-20T00:00:00Z");
  auto second = fact("R-1", 2, "2009-07-20T00:00:00Z");
  first.member = "M-1";
  second.member = "M-1";
  second.id.issuer = IssuerId{"visa-b"};
  EXPECT_EQ(count(book({first, second}), query(CountUnit::kMembers)).figure, 2U);
}

TEST(Count, ACardReportedWithAndWithoutMemberStandsTwice) {
  auto with = fact("R-1", 1, "2009-07-20T00:00:00Z");
  with.member = "M-1";
  const auto without = fact("R-2", 1, "2009-07-20T00:00:00Z");
  EXPECT_EQ(count(book({with, without}), query(CountUnit::kMembers)).figure, 2U)
      << "R19 looks at the report, not at what others say of the card";
}

TEST(Count, DaysAreTheIncidentsAndBothEndsCount) {
  const auto facts = book({fact("R-0", 1, "2009-07-13T14:59:59.999Z"),
                           fact("R-1", 2, "2009-07-13T15:00:00Z"),
                           fact("R-2", 3, "2009-07-31T14:59:59.999Z"),
                           fact("R-3", 4, "2009-07-31T15:00:00Z")});
  EXPECT_EQ(counted_set(facts, query()),
            (std::vector<std::string>{"report jcb-a R-1", "report jcb-a R-2"}));
}

TEST(Count, KnownAtUsesTheFactThatStoodThen) {
  auto closed = fact("R-1", 1, "2009-07-20T00:00:00Z");
  closed.id.known_from = at("2009-08-05T00:00:00Z");
  closed.active = false;
  closed.attributable = false;
  const auto facts = book({fact("R-1", 1, "2009-07-20T00:00:00Z"), closed});

  auto asked = query();
  EXPECT_EQ(count(facts, asked).figure, 0U);
  asked.known_at = at("2009-08-04T23:59:59.999Z");
  EXPECT_EQ(count(facts, asked).figure, 1U);
  asked.known_at = at("2009-08-05T00:00:00Z");
  EXPECT_EQ(count(facts, asked).figure, 0U);
  asked.known_at = at("2009-07-19T00:00:00Z");
  EXPECT_EQ(count(facts, asked).figure, 0U);
}

TEST(Count, TakesTheAttributableUnlessToldOtherwise) {
  auto lost = fact("R-2", 2, "2009-07-20T00:00:00Z");
  lost.attributable = false;
  lost.fraud_type = FraudType::kLost;
  const auto facts = book({fact("R-1", 1, "2009-07-20T00:00:00Z"), lost});

  auto asked = query();
  EXPECT_EQ(count(facts, asked).figure, 1U);
  asked.attributable = AttributableFilter::kExclude;
  EXPECT_EQ(counted_set(facts, asked), (std::vector<std::string>{"report jcb-a R-2"}));
  asked.attributable = AttributableFilter::kBoth;
  EXPECT_EQ(count(facts, asked).figure, 2U);
}

TEST(Count, TakesTheOutcomesAskedFor) {
  auto identified = fact("R-2", 2, "2009-07-20T00:00:00Z");
  identified.outcome = Outcome::kIdentified;
  const auto facts = book({fact("R-1", 1, "2009-07-20T00:00:00Z"), identified});
  auto asked = query();
  asked.outcomes = {Outcome::kIdentified};
  EXPECT_EQ(count(facts, asked).figure, 1U);
  asked.outcomes = {Outcome::kIdentified, Outcome::kInFile};
  EXPECT_EQ(count(facts, asked).figure, 2U);
}

TEST(Count, OtherIncidentsAreLeftOut) {
  auto other = fact("R-1", 1, "2009-07-20T00:00:00Z");
  other.id.incident = IncidentId{"other"};
  EXPECT_EQ(count(book({other}), query()).figure, 0U);
}

TEST(Count, ABreakdownPutsEachMemberUnderItsEarliestReport) {
  auto first = fact("R-9", 1, "2009-07-20T00:00:00Z");
  auto second = fact("R-1", 2, "2009-07-21T00:00:00Z");
  auto third = fact("R-2", 3, "2009-07-21T00:00:00Z");
  first.member = "M-1";
  second.member = "M-1";
  first.outcome = Outcome::kIdentified;
  const auto facts = book({second, first, third});

  auto asked = query(CountUnit::kMembers);
  asked.by = {CountKey::kDay, CountKey::kOutcome};
  const auto result = count(facts, asked);
  EXPECT_EQ(result.figure, 2U);
  EXPECT_EQ(
      result.rows.list(),
      (std::vector<CountRow>{{{"2009-07-20", "identified"}, 1}, {{"2009-07-21", "in_file"}, 1}}));
}

TEST(Count, AKeyMayStandTwice) {
  auto asked = query();
  asked.by = {CountKey::kDay, CountKey::kDay};
  EXPECT_EQ(count(book({fact("R-1", 1, "2009-07-20T00:00:00Z")}), asked).rows.list(),
            (std::vector<CountRow>{{{"2009-07-20", "2009-07-20"}, 1}}));
}

TEST(Count, EarliestIsByReportedThenReceivedThenIssuerThenReportId) {
  auto late_received = fact("R-1", 1, "2009-07-20T00:00:00Z");
  late_received.received_at = at("2009-07-22T00:00:00Z");
  late_received.disposition = FraudDisposition::kAfterDebit;
  auto other_issuer = fact("R-0", 1, "2009-07-20T00:00:00Z");
  other_issuer.id.issuer = IssuerId{"visa-b"};
  other_issuer.disposition = FraudDisposition::kMemberStatement;
  auto greater_id = fact("R-3", 1, "2009-07-20T00:00:00Z");
  greater_id.disposition = FraudDisposition::kMemberStatement;
  auto winner = fact("R-2", 1, "2009-07-20T00:00:00Z");
  winner.disposition = FraudDisposition::kIssuerMonitoring;

  auto asked = query(CountUnit::kCards);
  asked.by = {CountKey::kDisposition};
  EXPECT_EQ(count(book({greater_id, other_issuer, late_received, winner}), asked).rows.list(),
            (std::vector<CountRow>{{{"issuer_monitoring"}, 1}}));
}

TEST(Count, ByIssuerIsTheCardsIssuerNotTheReporters) {
  auto sample = fact("R-1", 1, "2009-07-20T00:00:00Z");
  sample.card_issuer = kUnassignedIssuer;
  auto asked = query();
  asked.by = {CountKey::kIssuer};
  EXPECT_EQ(count(book({sample}), asked).rows.list(), (std::vector<CountRow>{{{"unassigned"}, 1}}));
}

TEST(Count, KeysThatAReportLacksReadNone) {
  auto answered = fact("R-2", 2, "2009-07-20T00:00:00Z");
  answered.approved = false;
  auto asked = query();
  asked.by = {CountKey::kApproved, CountKey::kDisposition, CountKey::kFraudType};
  EXPECT_EQ(count(book({fact("R-1", 1, "2009-07-20T00:00:00Z"), answered}), asked).rows.list(),
            (std::vector<CountRow>{{{"declined", "none", "CNP_USE"}, 1},
                                   {{"none", "none", "CNP_USE"}, 1}}));
}

TEST(Count, TheSetHasOneSortedLinePerElementWhateverTheMemberText) {
  auto strange = fact("R-1", 1, "2009-07-20T00:00:00Z");
  strange.member = "A\nmember jcb-a B%";
  auto plain = fact("R-2", 2, "2009-07-20T00:00:00Z");
  EXPECT_EQ(counted_set(book({strange, plain}), query(CountUnit::kMembers)),
            (std::vector<std::string>{"card 02020202020202020202020202020202",
                                      "member jcb-a A%0amember jcb-a B%25"}));
}

TEST(FactBook, TheLastWordOnAFactStands) {
  auto sample = fact("R-1", 1, "2009-07-20T00:00:00Z");
  FactBook facts;
  facts.put(sample);
  sample.outcome = Outcome::kIdentified;
  facts.put(sample);
  EXPECT_EQ(facts.size(), 1U);
  facts.for_each_standing(kLeak, std::nullopt, [](const FactView& standing) {
    EXPECT_EQ(standing.outcome, Outcome::kIdentified);
  });
  facts.retract(sample.id, card(2));
  EXPECT_EQ(facts.size(), 1U) << "another card's fact";
  facts.retract(sample.id, sample.card);
  facts.retract(sample.id, sample.card);
  EXPECT_EQ(facts.size(), 0U);
}

// Goal: R10 is exact for a reader. Method: the report stands on card 1 from the 20th and on card 2
// from the 25th; both partitions tell their facts in every order, and each day is counted.
TEST(FactBook, AReportThatMovedIsCountedOnceUnderItsCardOfThatTime) {
  const auto moved = "2009-07-25T00:00:00Z";
  auto before = fact("R-1", 1, "2009-07-20T00:00:00Z");
  auto gone = before;
  gone.id.known_from = at(moved);
  gone.active = false;
  gone.attributable = false;
  auto after = fact("R-1", 2, "2009-07-20T00:00:00Z");
  after.id.known_from = at(moved);
  std::vector<Fact> facts{before, gone, after};
  do {
    const auto all = book(facts);
    EXPECT_EQ(all.size(), 3U);
    for (auto asked = query(CountUnit::kReports);; asked.unit = CountUnit::kCards) {
      asked.known_at = at("2009-07-19T23:59:59.999Z");
      EXPECT_EQ(count(all, asked).figure, 0U);
      for (const auto* known : {"2009-07-20T00:00:00Z", "2009-07-24T23:59:59.999Z", moved}) {
        asked.known_at = at(known);
        const auto result = count(all, asked);
        EXPECT_EQ(result.figure, 1U) << known;
        if (asked.unit == CountUnit::kReports) continue;
        EXPECT_EQ(counted_set(all, asked).front(), "card " + card(known == moved ? 2 : 1).hex());
      }
      asked.known_at.reset();
      EXPECT_EQ(count(all, asked).figure, 1U);
      if (asked.unit == CountUnit::kCards) break;
    }
  } while (std::next_permutation(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) {
    return std::tie(a.card, a.id.known_from) < std::tie(b.card, b.id.known_from);
  }));
}

TEST(FactBook, VisitsEachReportOnceInTheOrderOfTheReports) {
  auto other = fact("R-1", 1, "2009-07-20T00:00:00Z");
  other.id.issuer = IssuerId{"a-bank"};
  const auto facts = book({fact("R-2", 1, "2009-07-20T00:00:00Z"),
                           fact("R-1", 1, "2009-07-21T00:00:00Z"),
                           fact("R-1", 1, "2009-07-22T00:00:00Z"),
                           other});
  std::vector<std::string> seen;
  facts.for_each_standing(kLeak, std::nullopt, [&](const FactView& standing) {
    seen.push_back(std::string(standing.issuer) + '/' + std::string(standing.report) + ' ' +
                   format_day(TimeZone{}.day_of(standing.known_from)));
  });
  EXPECT_EQ(seen,
            (std::vector<std::string>{
                "a-bank/R-1 2009-07-20", "jcb-a/R-2 2009-07-20", "jcb-a/R-1 2009-07-22"}));
}

}  // namespace
}  // namespace cw
