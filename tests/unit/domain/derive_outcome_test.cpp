#include "domain_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cw {
namespace {

using namespace test;

/// "identified", "in_file (closed)" ... of the report's facts under `incident`, by known_from.
std::vector<std::string> story(const CardResult& result, const IncidentId& incident) {
  std::vector<std::string> lines;
  for (const auto& fact : result.facts) {
    if (fact.id.incident != incident) continue;
    lines.push_back(format_instant(fact.id.known_from).substr(0, 10) + ' ' +
                    std::string(text(fact.outcome)) + (fact.active ? "" : " (closed)"));
  }
  return lines;
}

using Story = std::vector<std::string>;

Story story_of(const CardInputs& card, const Control& folded) {
  return story(derive(card, folded), kLeak);
}

const IncidentId kNone{};

Control control_with_scope(Predicate predicate, std::string_view effective_at) {
  auto folded = plain_control();
  folded.apply(scope(1, std::move(predicate), effective_at));
  return folded;
}

TEST(Outcome, OfACardInTheFileWithoutScopeIsInFile) {
  const auto result = derive(inputs({record()}, {report()}), plain_control());
  ASSERT_EQ(result.facts.size(), 1U);
  const auto& fact = result.facts[0];
  EXPECT_EQ(fact.outcome, Outcome::kInFile);
  EXPECT_TRUE(fact.active);
  EXPECT_TRUE(fact.attributable);
  EXPECT_EQ(fact.scope_revision, 0U);
  EXPECT_EQ(fact.card_issuer, kJcb);
  EXPECT_EQ(fact.id.known_from, at("2009-07-23T02:00:00Z"));
  EXPECT_EQ(fact.received_at, fact.id.known_from);
  EXPECT_EQ(fact.reported_at, at("2009-07-23T01:00:00Z"));
}

TEST(Outcome, OfACardThatTheScopeSelectsIsIdentified) {
  const auto folded = control_with_scope(channel_is("internet"), "2009-07-22T12:00:00Z");
  const auto result = derive(inputs({record()}, {report()}), folded);
  ASSERT_EQ(result.facts.size(), 1U);
  EXPECT_EQ(result.facts[0].outcome, Outcome::kIdentified);
  EXPECT_EQ(result.facts[0].scope_revision, 1U);
}

TEST(Outcome, ChangesWhenAScopeTakesEffectAndWhenItIsReplaced) {
  auto folded = control_with_scope(channel_is("internet"), "2009-09-11T00:00:00Z");
  folded.apply(scope(2, channel_is("agent"), "2009-11-11T00:00:00Z"));
  EXPECT_EQ(story_of(inputs({record()}, {report()}), folded),
            (Story{"2009-07-23 in_file", "2009-09-11 identified", "2009-11-11 in_file"}));
}

TEST(Outcome, AScopeRevisionThatChangesNothingMakesNoFact) {
  auto folded = control_with_scope(channel_is("internet"), "2009-07-22T12:00:00Z");
  folded.apply(scope(2, Predicate{Predicate::All{}}, "2009-11-11T00:00:00Z"));
  const auto result = derive(inputs({record()}, {report()}), folded);
  ASSERT_EQ(result.facts.size(), 1U);
  EXPECT_EQ(result.facts[0].scope_revision, 1U) << "the one in force at known_from";
}

TEST(Outcome, OfAReportBeforeTheFileIsMatchedWhenTheFileArrives) {
  auto late = record();
  late.received_at = at("2009-07-25T00:00:00Z");
  const auto result = derive(inputs({late}, {report()}), plain_control());
  EXPECT_EQ(story(result, kNone),
            (Story{"2009-07-23 not_exposed", "2009-07-25 not_exposed (closed)"}));
  EXPECT_EQ(story(result, kLeak), (Story{"2009-07-25 in_file"}));
}

TEST(Outcome, OfAReportThatNamesAnIncidentStandsUnderItUntilAFileMatches) {
  auto naming = report();
  naming.incident = kLeak;
  auto late = record();
  late.received_at = at("2009-07-25T00:00:00Z");
  const auto result = derive(inputs({late}, {naming}), plain_control());
  EXPECT_EQ(story(result, kLeak), (Story{"2009-07-23 not_exposed", "2009-07-25 in_file"}));
  EXPECT_TRUE(story(result, kNone).empty());
}

TEST(Outcome, OfACardInNoFileStandsUnderNoIncident) {
  const auto result = derive(inputs({}, {report()}), plain_control());
  ASSERT_EQ(result.facts.size(), 1U);
  EXPECT_EQ(result.facts[0].id.incident, kNone);
  EXPECT_EQ(result.facts[0].outcome, Outcome::kNotExposed);
  EXPECT_FALSE(result.facts[0].attributable);
  EXPECT_FALSE(result.entry.has_value());
}

TEST(Outcome, NamedIncidentWithoutTheCardAndAnotherWithItBothHaveTheReport) {
  auto naming = report();
  naming.incident = IncidentId{"other"};
  const auto result = derive(inputs({record()}, {naming}), plain_control());
  EXPECT_EQ(story(result, IncidentId{"other"}), (Story{"2009-07-23 not_exposed"}));
  EXPECT_EQ(story(result, kLeak), (Story{"2009-07-23 in_file"}));
  EXPECT_TRUE(story(result, kNone).empty());
}

TEST(Outcome, IncidentNotKnownYetHasNoRecords) {
  auto early_record = record();
  early_record.received_at = at("2009-07-15T00:00:00Z");
  const auto early_report = revision(1, ReportAction::kNewf, "2009-07-16T00:00:00Z");
  const auto result = derive(inputs({early_record}, {early_report}), plain_control());
  EXPECT_EQ(story(result, kNone),
            (Story{"2009-07-16 not_exposed", "2009-07-20 not_exposed (closed)"}));
  EXPECT_EQ(story(result, kLeak), (Story{"2009-07-20 in_file"}));
}

TEST(Outcome, FileThatTheStandingVersionDoesNotDeclareHasNoRecords) {
  auto bare = incident();
  bare.files.clear();
  auto second = incident();
  second.version = 2;
  second.effective_at = at("2009-08-01T00:00:00Z");
  EXPECT_EQ(story_of(inputs({record()}, {report()}), control({bare, second})),
            (Story{"2009-08-01 in_file"}));
}

TEST(Outcome, AttemptBeforeTheAtRiskStartPredatesTheExposure) {
  auto early = report();
  // The window opens with 2008-03-10 in Tokyo, which is 2008-03-09T15:00Z.
  early.attempted_at = at("2008-03-09T14:59:59.999Z");
  EXPECT_EQ(story_of(inputs({record()}, {early}), plain_control()),
            (Story{"2009-07-23 predates_exposure"}));
  early.attempted_at = at("2008-03-09T15:00:00Z");
  EXPECT_EQ(story_of(inputs({record()}, {early}), plain_control()), (Story{"2009-07-23 in_file"}));
}

TEST(Outcome, OnlyFilesAtRiskByTheAttemptCount) {
  auto two_files = incident();
  two_files.files = {file("extract-1", "2008-03-10"), file("extract-2", "2008-02-26")};
  auto second = record();
  second.file = FileName{"extract-2"};
  second.expiry = expiry("2011-01");
  second.attributes = {{"channel", "agent"}};
  auto attempt = report();
  attempt.attempted_at = at("2008-03-01T00:00:00Z");
  attempt.expiry = expiry("2010-03");

  const auto folded = control({two_files, issuer("jcb-a", {"3569"})});
  EXPECT_EQ(story_of(inputs({record(), second}, {attempt}), folded),
            (Story{"2009-07-23 expiry_mismatch"}))
      << "the record with that expiry was not at risk yet";
  attempt.attempted_at = at("2008-03-20T00:00:00Z");
  EXPECT_EQ(story_of(inputs({record(), second}, {attempt}), folded), (Story{"2009-07-23 in_file"}));
  attempt.attempted_at = at("2008-01-01T00:00:00Z");
  EXPECT_EQ(story_of(inputs({record(), second}, {attempt}), folded),
            (Story{"2009-07-23 predates_exposure"}))
      << "precedence: predates before expiry mismatch";
}

TEST(Outcome, OtherExpiryIsAMismatchAndNoneGivenIsNot) {
  auto other = report();
  other.expiry = expiry("2012-12");
  EXPECT_EQ(story_of(inputs({record()}, {other}), plain_control()),
            (Story{"2009-07-23 expiry_mismatch"}));
  EXPECT_FALSE(derive(inputs({record()}, {other}), plain_control()).facts[0].attributable);
  other.expiry.reset();
  EXPECT_EQ(story_of(inputs({record()}, {other}), plain_control()), (Story{"2009-07-23 in_file"}));
}

TEST(Outcome, TheScopeMustSelectARecordWithThePresentedExpiry) {
  auto renewed = record();
  renewed.record = 2;
  renewed.expiry = expiry("2012-12");
  renewed.attributes = {{"channel", "agent"}};
  const auto folded = control_with_scope(channel_is("agent"), "2009-07-22T12:00:00Z");
  auto presented = report();
  presented.expiry = expiry("2010-03");
  EXPECT_EQ(story_of(inputs({record(), renewed}, {presented}), folded),
            (Story{"2009-07-23 in_file"}));
  presented.expiry = expiry("2012-12");
  EXPECT_EQ(story_of(inputs({record(), renewed}, {presented}), folded),
            (Story{"2009-07-23 identified"}));
  presented.expiry.reset();
  EXPECT_EQ(story_of(inputs({record(), renewed}, {presented}), folded),
            (Story{"2009-07-23 identified"}));
}

TEST(Outcome, AWithdrawnFilesRecordsVanishFromThatInstant) {
  auto second = incident();
  second.version = 2;
  second.effective_at = at("2009-08-01T00:00:00Z");
  second.files[0].withdrawn_at = at("2009-08-02T00:00:00Z");
  const auto result = derive(inputs({record()}, {report()}),
                             control({incident(), second, issuer("jcb-a", {"3569"})}));
  EXPECT_EQ(story(result, kLeak), (Story{"2009-07-23 in_file", "2009-08-02 in_file (closed)"}));
  EXPECT_EQ(story(result, kNone), (Story{"2009-08-02 not_exposed"}));
  EXPECT_FALSE(result.entry.has_value());
}

TEST(Outcome, AClosedIncidentKeepsItsOutcomes) {
  auto closed = incident();
  closed.version = 2;
  closed.state = IncidentState::kClosed;
  closed.effective_at = at("2009-08-01T00:00:00Z");
  EXPECT_EQ(story_of(inputs({record()}, {report()}), control({incident(), closed})),
            (Story{"2009-07-23 in_file"}));
}

TEST(Report, LostStolenAndTheirLikeAreMatchedButNotAttributable) {
  auto lost = report();
  lost.fraud_type = FraudType::kLost;
  const auto result = derive(inputs({record()}, {lost}), plain_control());
  EXPECT_EQ(result.facts[0].outcome, Outcome::kInFile);
  EXPECT_FALSE(result.facts[0].attributable);
}

TEST(Report, ClosedAndReopenedSubtractsAndAddsAgain) {
  const auto card = inputs({record()},
                           {report(),
                            revision(2, ReportAction::kClse, "2009-07-25T00:00:00Z"),
                            revision(3, ReportAction::kUpdt, "2009-07-27T00:00:00Z"),
                            revision(4, ReportAction::kDupl, "2009-07-28T00:00:00Z"),
                            revision(5, ReportAction::kReop, "2009-07-29T00:00:00Z")});
  EXPECT_EQ(story_of(card, plain_control()),
            (Story{"2009-07-23 in_file",
                   "2009-07-25 in_file (closed)",
                   "2009-07-27 in_file",
                   "2009-07-28 in_file (closed)",
                   "2009-07-29 in_file"}));
}

TEST(Report, ThatWasNeverActiveHasNoFact) {
  EXPECT_TRUE(
      story_of(inputs({record()}, {revision(1, ReportAction::kDupl, "2009-07-25T00:00:00Z")}),
               plain_control())
          .empty());
  EXPECT_TRUE(
      story_of(inputs({record()}, {revision(1, ReportAction::kClse, "2009-07-25T00:00:00Z")}),
               plain_control())
          .empty());
}

TEST(Report, RevisedWhileClosedSaysNothingNew) {
  const auto card = inputs({record()},
                           {report(),
                            revision(2, ReportAction::kClse, "2009-07-25T00:00:00Z"),
                            revision(3, ReportAction::kClse, "2009-07-27T00:00:00Z")});
  EXPECT_EQ(story_of(card, plain_control()).size(), 2U);
}

TEST(Report, AnUpdateIsANewFactWithTheWholeNewContent) {
  auto update = revision(2, ReportAction::kUpdt, "2009-07-25T00:00:00Z");
  update.reported_at = at("2009-07-24T00:00:00Z");
  update.member = "M-7";
  update.disposition = FraudDisposition::kAfterDebit;
  update.approved = true;
  const auto result = derive(inputs({record()}, {report(), update}), plain_control());
  ASSERT_EQ(result.facts.size(), 2U);
  EXPECT_EQ(result.facts[1].revision, 2U);
  EXPECT_EQ(result.facts[1].reported_at, at("2009-07-24T00:00:00Z"));
  EXPECT_EQ(result.facts[1].member, "M-7");
  EXPECT_EQ(result.facts[1].disposition, FraudDisposition::kAfterDebit);
  EXPECT_EQ(result.facts[1].approved, true);
}

TEST(Report, AGreaterRevisionStandsWhateverArrivesLater) {
  const auto card = inputs({record()},
                           {revision(2, ReportAction::kClse, "2009-07-23T02:00:00Z"),
                            revision(1, ReportAction::kNewf, "2009-07-25T00:00:00Z")});
  EXPECT_TRUE(story_of(card, plain_control()).empty());
}

TEST(Report, RevisionsOfOneBatchStandByTheirNumber) {
  auto update = revision(2, ReportAction::kUpdt, "2009-07-23T02:00:00Z");
  update.fraud_type = FraudType::kLost;
  const auto result = derive(inputs({record()}, {report(), update}), plain_control());
  ASSERT_EQ(result.facts.size(), 1U);
  EXPECT_EQ(result.facts[0].revision, 2U);
}

TEST(Report, TheSameIdOfTwoIssuersIsTwoReports) {
  auto other = report();
  other.issuer = IssuerId{"visa-b"};
  const auto result = derive(inputs({record()}, {report(), other}), plain_control());
  EXPECT_EQ(result.facts.size(), 2U);
}

TEST(CardInputs, EqualRepeatsAreOne) {
  CardInputs card;
  EXPECT_EQ(card.add(record()).value(), CardInputs::Added::kNew);
  EXPECT_EQ(card.add(record()).value(), CardInputs::Added::kRepeat);
  EXPECT_EQ(card.add(report()).value(), CardInputs::Added::kNew);
  EXPECT_EQ(card.add(report()).value(), CardInputs::Added::kRepeat);
  EXPECT_EQ(card.exposures().size(), 1U);
  EXPECT_EQ(card.reports().size(), 1U);
}

TEST(CardInputs, AnEqualRepeatReceivedEarlierStands) {
  auto early = report();
  early.received_at = at("2009-07-23T01:30:00Z");
  CardInputs card;
  EXPECT_EQ(card.add(report()).value(), CardInputs::Added::kNew);
  EXPECT_EQ(card.add(early).value(), CardInputs::Added::kNew);
  EXPECT_EQ(card.add(report()).value(), CardInputs::Added::kRepeat);
  EXPECT_EQ(card.reports()[0].received_at, early.received_at);
}

TEST(CardInputs, OfConflictingRevisionsTheEarliestReceivedStands) {
  auto later = report();
  later.received_at = at("2009-07-24T00:00:00Z");
  later.content_hash[0] = 9;
  for (const bool later_first : {false, true}) {
    CardInputs card;
    ASSERT_TRUE(card.add(later_first ? later : report()).has_value());
    EXPECT_EQ(card.add(later_first ? report() : later).value(), CardInputs::Added::kConflict);
    ASSERT_EQ(card.reports().size(), 1U);
    EXPECT_EQ(card.reports()[0].content_hash[0], 0);
  }
}

TEST(CardInputs, OfConflictingRevisionsOfOneInstantTheSmallerHashStands) {
  auto greater = report();
  greater.content_hash[0] = 9;
  for (const bool greater_first : {false, true}) {
    CardInputs card;
    ASSERT_TRUE(card.add(greater_first ? greater : report()).has_value());
    EXPECT_EQ(card.add(greater_first ? report() : greater).value(), CardInputs::Added::kConflict);
    EXPECT_EQ(card.reports()[0].content_hash[0], 0);
  }
}

TEST(CardInputs, ARecordLoadedAgainIsARepeatAlthoughSealedAnew) {
  auto again = record();
  again.sealed_pan = "sealed-again";
  again.file_key = "fk-2";
  again.received_at = at("2009-07-22T01:00:00Z");
  CardInputs card;
  ASSERT_TRUE(card.add(record()).has_value());
  EXPECT_EQ(card.add(again).value(), CardInputs::Added::kRepeat);
  EXPECT_EQ(card.exposures()[0].sealed_pan, "sealed-1");
}

TEST(CardInputs, AnotherExpiryOfTheSameRecordIsAConflict) {
  auto other = record();
  other.expiry = expiry("2009-01");
  CardInputs card;
  ASSERT_TRUE(card.add(record()).has_value());
  EXPECT_EQ(card.add(other).value(), CardInputs::Added::kConflict);
  EXPECT_EQ(card.exposures()[0].expiry, expiry("2009-01"))
      << "equal received_at: the smaller expiry";
}

TEST(CardInputs, RefuseItemsBeyondTheLimitAndKeepWhatTheyHave) {
  CardInputs card;
  auto item = report();
  for (std::uint32_t i = 1; i <= CardInputs::kReportsMax; ++i) {
    item.revision = i;
    ASSERT_TRUE(card.add(item).has_value());
  }
  item.revision = CardInputs::kReportsMax + 1;
  const auto refused = card.add(item);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kLimitReached);
  item.revision = 1;
  EXPECT_EQ(card.add(item).value(), CardInputs::Added::kRepeat);
  EXPECT_EQ(card.reports().size(), CardInputs::kReportsMax);
}

}  // namespace
}  // namespace cw
