// A report whose revisions name different cards (rules.md R10): each card has the others' revisions
// as copies.
#include "domain_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cw {
namespace {

using namespace test;

constexpr std::uint8_t kOld = 1;
constexpr std::uint8_t kNew = 2;

ReportRevision naming(std::uint8_t number, ReportRevision revision) {
  revision.card = card(number);
  revision.iin = number == kOld ? kIin : 40000000;
  return revision;
}

/// The card's inputs when the report has these revisions: its own ones, and copies of the others.
CardInputs inputs_on(std::uint8_t number, const std::vector<ReportRevision>& revisions) {
  auto exposed = record();
  exposed.card = card(number);
  CardInputs all = inputs({exposed}, {});
  for (auto revision : revisions) {
    if (revision.card != card(number)) revision.filed_under = card(number);
    EXPECT_TRUE(all.add(revision).has_value());
  }
  return all;
}

std::vector<Fact> facts_on(std::uint8_t number, const std::vector<ReportRevision>& revisions) {
  return derive(inputs_on(number, revisions), plain_control()).facts;
}

bool active_on(std::uint8_t number, const std::vector<ReportRevision>& revisions) {
  const auto facts = facts_on(number, revisions);
  return !facts.empty() && facts.back().active;
}

const auto kFirst = naming(kOld, revision(1, ReportAction::kNewf, "2009-07-23T02:00:00Z"));
const auto kMoved = naming(kNew, revision(2, ReportAction::kUpdt, "2009-07-25T00:00:00Z"));
const auto kBack = naming(kOld, revision(3, ReportAction::kUpdt, "2009-07-27T00:00:00Z"));

TEST(MovedReport, EndsOnTheOldCardWhenTheRevisionWithTheNewOneWasReceived) {
  const auto facts = facts_on(kOld, {kFirst, kMoved});
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_TRUE(facts[0].active);
  EXPECT_EQ(facts[0].id.known_from, kFirst.received_at);
  EXPECT_FALSE(facts[1].active);
  EXPECT_FALSE(facts[1].attributable);
  EXPECT_EQ(facts[1].id.known_from, kMoved.received_at);
  EXPECT_EQ(facts[1].revision, 2U);
}

TEST(MovedReport, StandsOnTheNewCardFromThenOn) {
  const auto facts = facts_on(kNew, {kFirst, kMoved});
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_TRUE(facts[0].active);
  EXPECT_EQ(facts[0].id.known_from, kMoved.received_at);
  EXPECT_EQ(facts[0].card, card(kNew));
}

TEST(MovedReport, FactsOfACardNameThatCardAndItsIssuer) {
  auto folded = plain_control();
  folded.apply(issuer("visa-b", {"4"}));
  for (const auto& fact : derive(inputs_on(kOld, {kFirst, kMoved}), folded).facts) {
    EXPECT_EQ(fact.card, card(kOld));
    EXPECT_EQ(fact.card_issuer, kJcb) << "also when the revision names the other issuer's card";
  }
}

TEST(MovedReport, ComesBackWithARevisionThatNamesTheCardAgain) {
  const auto old_facts = facts_on(kOld, {kFirst, kMoved, kBack});
  ASSERT_EQ(old_facts.size(), 3U);
  EXPECT_TRUE(old_facts[2].active);
  EXPECT_EQ(old_facts[2].id.known_from, kBack.received_at);
  EXPECT_FALSE(active_on(kNew, {kFirst, kMoved, kBack}));
}

TEST(MovedReport, ALateEarlierRevisionChangesNothingOnTheCardItNames) {
  auto late = kFirst;
  late.received_at = at("2009-07-26T00:00:00Z");
  EXPECT_TRUE(facts_on(kOld, {late, kMoved}).empty()) << "it never stood";
  EXPECT_TRUE(active_on(kNew, {late, kMoved}));
}

TEST(MovedReport, ACloseOfTheNewCardLeavesItOnNeither) {
  const auto closed = naming(kNew, revision(3, ReportAction::kClse, "2009-07-28T00:00:00Z"));
  EXPECT_FALSE(active_on(kOld, {kFirst, kMoved, closed}));
  EXPECT_FALSE(active_on(kNew, {kFirst, kMoved, closed}));
}

TEST(MovedReport, ACloseThatNamesTheOldCardClosesTheReport) {
  const auto closed = naming(kOld, revision(3, ReportAction::kClse, "2009-07-28T00:00:00Z"));
  EXPECT_FALSE(active_on(kOld, {kFirst, kMoved, closed}));
  EXPECT_FALSE(active_on(kNew, {kFirst, kMoved, closed}));
}

TEST(MovedReport, OfTwoCardsUnderOneRevisionNumberTheFirstReceivedStandsOnBothSides) {
  auto other = naming(kNew, revision(1, ReportAction::kNewf, "2009-07-23T01:00:00Z"));
  other.content_hash[1] = 1;
  EXPECT_FALSE(active_on(kOld, {kFirst, other}));
  EXPECT_TRUE(active_on(kNew, {kFirst, other}));
  other.received_at = at("2009-07-23T03:00:00Z");
  EXPECT_TRUE(active_on(kOld, {kFirst, other}));
  EXPECT_FALSE(active_on(kNew, {kFirst, other}));
}

TEST(MovedReport, OfTwoCardsReceivedTogetherTheSmallerHashStandsOnBothSides) {
  auto other = naming(kNew, kFirst);
  other.content_hash[1] = 1;  // kFirst's is smaller.
  EXPECT_TRUE(active_on(kOld, {kFirst, other}));
  EXPECT_FALSE(active_on(kNew, {kFirst, other}));
  EXPECT_TRUE(active_on(kOld, {other, kFirst}));
  EXPECT_FALSE(active_on(kNew, {other, kFirst}));
}

TEST(MovedReport, ACopyOfARevisionNeitherExposesNorWatches) {
  CardInputs alone;
  auto copy = kFirst;
  copy.filed_under = card(kNew);
  ASSERT_TRUE(alone.add(copy).has_value());
  EXPECT_EQ(derive(alone, plain_control()), CardResult{});
}

TEST(MovedReport, FallsBackToWhatTheOldCardsWatchLevelWas) {
  EXPECT_EQ(derive(inputs_on(kOld, {kFirst}), plain_control()).entry->level,
            WatchLevel::kFraudReported);
  EXPECT_EQ(derive(inputs_on(kOld, {kFirst, kMoved}), plain_control()).entry->level,
            WatchLevel::kInFile);
}

TEST(CardInputs, ACopyReceivedTwiceIsARepeat) {
  auto all = inputs_on(kOld, {kFirst, kMoved});
  auto copy = kMoved;
  copy.filed_under = card(kOld);
  EXPECT_EQ(all.add(copy).value(), CardInputs::Added::kRepeat);
}

TEST(CardInputs, AReportThatDiffersOnlyInImportedIsARepeatAndTheOrderDoesNotMatter) {
  auto imported = report();
  imported.imported = true;
  auto first = inputs({}, {report()});
  EXPECT_EQ(first.add(imported).value(), CardInputs::Added::kRepeat);
  auto second = inputs({}, {imported});
  EXPECT_NE(second.add(report()).value(), CardInputs::Added::kConflict);
  EXPECT_FALSE(first.reports().front().imported);
  EXPECT_FALSE(second.reports().front().imported);
}

}  // namespace
}  // namespace cw
