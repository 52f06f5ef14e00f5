#include "domain_samples.hpp"

#include <gtest/gtest.h>

namespace cw {
namespace {

using namespace test;

WatchEntry entry_of(const CardInputs& card, const Control& folded) {
  auto result = derive(card, folded);
  EXPECT_TRUE(result.entry.has_value());
  return result.entry.value_or(WatchEntry{});
}

TEST(Watch, ACardInTheFileIsWatchedAtOnce) {
  const auto entry = entry_of(inputs({record()}, {}), plain_control());
  EXPECT_EQ(entry.issuer, kJcb);
  EXPECT_EQ(entry.card, card(1));
  EXPECT_EQ(entry.level, WatchLevel::kInFile);
  EXPECT_EQ(entry.expiry, expiry("2010-03"));
  EXPECT_EQ(entry.sealed_pan, "sealed-1");
  EXPECT_EQ(entry.file_key, "fk-1");
  EXPECT_EQ(entry.watch_from, day("2009-07-22"));
  ASSERT_EQ(entry.reasons.size(), 1U);
  EXPECT_EQ(entry.reasons[0],
            (WatchReason{kLeak,
                         kFile,
                         WatchLevel::kInFile,
                         0,
                         day("2009-07-22"),
                         day("2008-03-10"),
                         day("2008-04-10")}));
}

TEST(Watch, DaysAreThoseOfTheIncidentsTimeZone) {
  auto late = record();
  late.received_at = at("2009-07-22T15:00:00Z");  // Already the 23rd in Tokyo.
  const auto entry = entry_of(inputs({late}, {}), plain_control());
  EXPECT_EQ(entry.watch_from, day("2009-07-23"));
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-23"));
}

TEST(Watch, TheLevelRisesWithScopeAndReport) {
  auto folded = plain_control();
  folded.apply(scope(1, channel_is("internet"), "2009-07-24T00:00:00Z"));
  auto entry = entry_of(inputs({record()}, {}), folded);
  EXPECT_EQ(entry.level, WatchLevel::kIdentified);
  EXPECT_EQ(entry.reasons[0].scope_revision, 1U);
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-24"));
  EXPECT_EQ(entry.watch_from, day("2009-07-22"));

  const auto fraud = revision(1, ReportAction::kNewf, "2009-07-28T00:00:00Z");
  entry = entry_of(inputs({record()}, {fraud}), folded);
  EXPECT_EQ(entry.level, WatchLevel::kFraudReported);
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-28"));
}

TEST(Watch, AScopeRevisionThatLeavesTheLevelAsItWasChangesNothing) {
  auto folded = plain_control();
  folded.apply(scope(1, channel_is("internet"), "2009-07-24T00:00:00Z"));
  const auto before = entry_of(inputs({record()}, {}), folded);
  folded.apply(scope(2, Predicate{Predicate::All{}}, "2009-09-11T00:00:00Z"));
  const auto entry = entry_of(inputs({record()}, {}), folded);
  EXPECT_EQ(entry, before);
  EXPECT_EQ(entry.reasons[0].scope_revision, 1U);
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-24"));
}

TEST(Watch, AReasonNamesTheScopeRevisionUnderWhichItsLevelWasReached) {
  auto folded = plain_control();
  EXPECT_EQ(entry_of(inputs({record()}, {}), folded).reasons[0].scope_revision, 0U);
  folded.apply(scope(1, channel_is("agent"), "2009-07-24T00:00:00Z"));
  EXPECT_EQ(entry_of(inputs({record()}, {}), folded).reasons[0].scope_revision, 0U)
      << "in file since before any revision";
  folded.apply(scope(2, channel_is("internet"), "2009-07-25T00:00:00Z"));
  EXPECT_EQ(entry_of(inputs({record()}, {}), folded).reasons[0].scope_revision, 2U);
  const auto fraud = revision(1, ReportAction::kNewf, "2009-07-28T00:00:00Z");
  folded.apply(scope(3, channel_is("internet"), "2009-07-27T00:00:00Z"));
  folded.apply(scope(4, channel_is("internet"), "2009-07-29T00:00:00Z"));
  EXPECT_EQ(entry_of(inputs({record()}, {fraud}), folded).reasons[0].scope_revision, 3U);
}

TEST(Watch, SinceStartsAnewWhenALevelWasLostAndReachedAgain) {
  auto folded = plain_control();
  folded.apply(scope(1, channel_is("internet"), "2009-07-24T00:00:00Z"));
  folded.apply(scope(2, channel_is("agent"), "2009-08-01T00:00:00Z"));
  folded.apply(scope(3, channel_is("internet"), "2009-09-01T00:00:00Z"));
  EXPECT_EQ(entry_of(inputs({record()}, {}), folded).reasons[0].since, day("2009-09-01"));
}

TEST(Watch, AClosedReportLowersTheLevelAgain) {
  const auto card =
      inputs({record()}, {report(), revision(2, ReportAction::kClse, "2009-07-30T00:00:00Z")});
  const auto entry = entry_of(card, plain_control());
  EXPECT_EQ(entry.level, WatchLevel::kInFile);
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-30"));
}

TEST(Watch, SinceCountsFromTheFirstOfOverlappingReports) {
  auto second = report();
  second.report = ReportId{"R-2"};
  second.received_at = at("2009-07-26T00:00:00Z");
  const auto card = inputs(
      {record()}, {report(), second, revision(2, ReportAction::kClse, "2009-07-30T00:00:00Z")});
  const auto entry = entry_of(card, plain_control());
  EXPECT_EQ(entry.level, WatchLevel::kFraudReported);
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-23"));
}

TEST(Watch, ANotAttributableReportDoesNotRaiseTheLevel) {
  auto stolen = report();
  stolen.fraud_type = FraudType::kStolen;
  EXPECT_EQ(entry_of(inputs({record()}, {stolen}), plain_control()).level, WatchLevel::kInFile);
  auto mismatch = report();
  mismatch.expiry = expiry("2012-12");
  EXPECT_EQ(entry_of(inputs({record()}, {mismatch}), plain_control()).level, WatchLevel::kInFile);
}

TEST(Watch, AClosedIncidentWatchesNoCard) {
  auto closed = incident();
  closed.version = 2;
  closed.state = IncidentState::kClosed;
  closed.effective_at = at("2009-08-01T00:00:00Z");
  const auto folded = control({incident(), closed, issuer("jcb-a", {"3569"})});
  EXPECT_FALSE(derive(inputs({record()}, {report()}), folded).entry.has_value());
}

TEST(Watch, AReopenedIncidentReachesItsLevelsAnew) {
  auto closed = incident();
  closed.version = 2;
  closed.state = IncidentState::kClosed;
  closed.effective_at = at("2009-08-01T00:00:00Z");
  auto reopened = incident();
  reopened.version = 3;
  reopened.effective_at = at("2009-10-01T00:00:00Z");
  const auto folded = control({incident(), closed, reopened, issuer("jcb-a", {"3569"})});
  const auto entry = entry_of(inputs({record()}, {}), folded);
  EXPECT_EQ(entry.reasons[0].since, day("2009-10-01"));
  EXPECT_EQ(entry.watch_from, day("2009-07-22"));
}

TEST(Watch, ACardOfNoIncidentIsNotWatched) {
  EXPECT_FALSE(derive(inputs({}, {report()}), plain_control()).entry.has_value());
  EXPECT_FALSE(derive(inputs({record()}, {}), Control{}).entry.has_value())
      << "the incident itself is not known";
}

TEST(Watch, ACardOfNoRangeIsKeptUnderUnassigned) {
  const auto entry = entry_of(inputs({record()}, {}), control({incident()}));
  EXPECT_EQ(entry.issuer, kUnassignedIssuer);
}

TEST(Watch, SeveralFilesAndRecordsMakeOneEntry) {
  auto two_files = incident();
  two_files.files = {file("extract-1", "2008-03-10"), file("extract-2", "2008-02-26")};
  auto renewed = record();
  renewed.record = 2;
  renewed.expiry = expiry("2012-12");
  renewed.sealed_pan = "sealed-2";
  auto second = record();
  second.file = FileName{"extract-2"};
  second.sealed_pan = "sealed-3";
  second.received_at = at("2009-07-25T00:00:00Z");
  auto first = record();
  first.received_at = at("2009-07-26T00:00:00Z");

  const auto entry = entry_of(inputs({second, renewed, first}, {}),
                              control({two_files, issuer("jcb-a", {"3569"})}));
  EXPECT_EQ(entry.expiry, expiry("2012-12"));
  EXPECT_EQ(entry.sealed_pan, "sealed-1") << "of the smallest (incident, file, record)";
  EXPECT_EQ(entry.watch_from, day("2009-07-22")) << "of the record received first";
  ASSERT_EQ(entry.reasons.size(), 2U);
  EXPECT_EQ(entry.reasons[0].file, FileName{"extract-1"});
  EXPECT_EQ(entry.reasons[0].since, day("2009-07-22"));
  EXPECT_EQ(entry.reasons[1].file, FileName{"extract-2"});
  EXPECT_EQ(entry.reasons[1].since, day("2009-07-25")) << "not before the file had the card";
}

TEST(Watch, AWithdrawnFileLeavesTheOtherFilesReason) {
  auto two_files = incident();
  two_files.files = {file("extract-1", "2008-03-10"), file("extract-2", "2008-02-26")};
  two_files.files[0].withdrawn_at = at("2009-08-01T00:00:00Z");
  auto second = record();
  second.file = FileName{"extract-2"};
  second.sealed_pan = "sealed-3";
  second.expiry = expiry("2009-12");
  const auto entry =
      entry_of(inputs({record(), second}, {}), control({two_files, issuer("jcb-a", {"3569"})}));
  ASSERT_EQ(entry.reasons.size(), 1U);
  EXPECT_EQ(entry.reasons[0].file, FileName{"extract-2"});
  EXPECT_EQ(entry.sealed_pan, "sealed-3");
  EXPECT_EQ(entry.expiry, expiry("2009-12"));
}

TEST(Watch, TheHighestLevelOfTheIncidentsIsTheEntrys) {
  auto other = incident();
  other.id = IncidentId{"another"};
  other.time_zone = "UTC";
  auto in_other = record();
  in_other.incident = other.id;
  in_other.attributes = {{"channel", "agent"}};
  auto folded = control({incident(), other, issuer("jcb-a", {"3569"})});
  folded.apply(scope(1, channel_is("internet"), "2009-07-24T00:00:00Z"));
  const auto entry = entry_of(inputs({record(), in_other}, {}), folded);
  EXPECT_EQ(entry.level, WatchLevel::kIdentified);
  ASSERT_EQ(entry.reasons.size(), 2U);
  EXPECT_EQ(entry.reasons[0].incident, other.id);
  EXPECT_EQ(entry.reasons[0].level, WatchLevel::kInFile);
  EXPECT_EQ(entry.reasons[1].level, WatchLevel::kIdentified);
}

TEST(Difference, OfEqualResultsIsEmpty) {
  const auto result = derive(inputs({record()}, {report()}), plain_control());
  EXPECT_TRUE(difference(result, result).empty());
  EXPECT_TRUE(difference({}, {}).empty());
}

TEST(Difference, AddsUpdatesAndRemovesAnEntry) {
  const auto watched = derive(inputs({record()}, {}), plain_control());
  auto folded = plain_control();
  folded.apply(scope(1, channel_is("internet"), "2009-07-24T00:00:00Z"));
  const auto raised = derive(inputs({record()}, {}), folded);

  const auto added = difference({}, watched);
  ASSERT_EQ(added.watch.size(), 1U);
  EXPECT_EQ(added.watch[0].op, FeedOp::kAddd);
  const auto updated = difference(watched, raised);
  ASSERT_EQ(updated.watch.size(), 1U);
  EXPECT_EQ(updated.watch[0].op, FeedOp::kUpdt);
  EXPECT_EQ(updated.watch[0].entry, *raised.entry);
  const auto removed = difference(raised, {});
  ASSERT_EQ(removed.watch.size(), 1U);
  EXPECT_EQ(removed.watch[0].op, FeedOp::kDelt);
  EXPECT_EQ(removed.watch[0].entry.issuer, kJcb);
  EXPECT_EQ(removed.watch[0].entry.card, card(1));
  EXPECT_EQ(removed.watch[0].entry.sealed_pan, raised.entry->sealed_pan) << "names the card";
  EXPECT_EQ(removed.watch[0].entry.file_key, raised.entry->file_key);
  EXPECT_TRUE(removed.watch[0].entry.reasons.empty());
}

TEST(Difference, AChangedRangeRemovesAtTheOldIssuerAndAddsAtTheNew) {
  auto folded = plain_control();
  const auto before = derive(inputs({record()}, {report()}), folded);
  folded.apply(issuer("narrow", {"35699900"}));
  const auto after = derive(inputs({record()}, {report()}), folded);

  const auto change = difference(before, after);
  ASSERT_EQ(change.watch.size(), 2U);
  EXPECT_EQ(change.watch[0].op, FeedOp::kDelt);
  EXPECT_EQ(change.watch[0].entry.issuer, kJcb);
  EXPECT_EQ(change.watch[1].op, FeedOp::kAddd);
  EXPECT_EQ(change.watch[1].entry.issuer, IssuerId{"narrow"});
  ASSERT_EQ(change.changed.size(), 1U);
  EXPECT_EQ(change.changed[0].card_issuer, IssuerId{"narrow"});
}

IssuerAnswer answer(std::string_view issuer, CardStatus status, std::string_view received_at) {
  return {.issuer = IssuerId{std::string{issuer}},
          .card = card(1),
          .seq = 1,
          .status = status,
          .received_at = at(received_at)};
}

TEST(Answers, TheNewestOfTheCardsIssuerDecides) {
  auto card = inputs({record()}, {report()});
  const auto watched = derive(card, plain_control());
  ASSERT_TRUE(watched.entry);
  using Added = CardInputs::Added;
  const auto closed = answer("jcb-a", CardStatus::kClosed, "2009-08-02T00:00:00Z");
  EXPECT_EQ(card.add(closed).value(), Added::kNew);
  const auto released = derive(card, plain_control());
  EXPECT_FALSE(released.entry);
  EXPECT_EQ(released.facts, watched.facts);
  const auto change = difference(watched, released);
  ASSERT_EQ(change.watch.size(), 1U);
  EXPECT_EQ(change.watch[0].op, FeedOp::kDelt);
  EXPECT_EQ(change.watch[0].entry.sealed_pan, "sealed-1");

  EXPECT_EQ(card.add(closed).value(), Added::kRepeat);
  EXPECT_EQ(card.add(answer("jcb-a", CardStatus::kMonitored, "2009-08-01T00:00:00Z")).value(),
            Added::kRepeat)
      << "an older one";
  EXPECT_EQ(card.answers().size(), 1U);
  EXPECT_EQ(card.add(answer("jcb-a", CardStatus::kMonitored, "2009-08-03T00:00:00Z")).value(),
            Added::kNew);
  EXPECT_EQ(derive(card, plain_control()), watched);
}

TEST(Answers, OnlyReissuedAndClosedRelease) {
  for (int status = 0; status <= static_cast<int>(CardStatus::kNotOurs); ++status) {
    auto card = inputs({record()}, {});
    const auto said = static_cast<CardStatus>(status);
    ASSERT_TRUE(card.add(answer("jcb-a", said, "2009-08-02T00:00:00Z")));
    const bool releases = said == CardStatus::kReissued || said == CardStatus::kClosed;
    EXPECT_EQ(derive(card, plain_control()).entry.has_value(), !releases) << text(said);
  }
}

TEST(Answers, ThoseOfAnotherIssuerWaitUntilTheCardIsItsOwn) {
  auto card = inputs({record()}, {});
  ASSERT_TRUE(card.add(answer("narrow", CardStatus::kReissued, "2009-08-02T00:00:00Z")));
  auto folded = plain_control();
  EXPECT_TRUE(derive(card, folded).entry);
  folded.apply(issuer("narrow", {"356999"}));
  EXPECT_FALSE(derive(card, folded).entry);
}

TEST(Answers, OfTwoDifferentOnesTheSameStandsInAnyOrder) {
  const auto first = answer("jcb-a", CardStatus::kClosed, "2009-08-02T00:00:00Z");
  auto second = first;
  second.seq = 2;
  auto third = second;
  third.answered_at = at("2009-08-01T00:00:00Z");
  for (const auto& [one, other] : {std::pair{first, second}, std::pair{second, third}}) {
    EXPECT_TRUE(stands_before(other, one));
    EXPECT_FALSE(stands_before(one, other));
    CardInputs forth;
    CardInputs back;
    ASSERT_TRUE(forth.add(one) && forth.add(other) && back.add(other) && back.add(one));
    EXPECT_EQ(forth.answers(), back.answers());
  }
}

TEST(Answers, IssuersPastTheLimitAreRefused) {
  CardInputs card;
  for (std::size_t number = 0; number < CardInputs::kAnswersMax; ++number) {
    ASSERT_TRUE(card.add(
        answer("i-" + std::to_string(number), CardStatus::kClosed, "2009-08-02T00:00:00Z")));
  }
  const auto refused = card.add(answer("jcb-a", CardStatus::kClosed, "2009-08-02T00:00:00Z"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kLimitReached);
}

TEST(Difference, NamesNewChangedAndVanishedFacts) {
  const auto before = derive(inputs({record()}, {report()}), plain_control());
  auto earlier = record();
  auto early_report = report();
  early_report.received_at = at("2009-07-23T01:30:00Z");
  const auto after = derive(inputs({earlier}, {early_report}), plain_control());

  const auto change = difference(before, after);
  ASSERT_EQ(change.changed.size(), 1U);
  EXPECT_EQ(change.changed[0].id.known_from, early_report.received_at);
  ASSERT_EQ(change.retracted.size(), 1U);
  EXPECT_EQ(change.retracted[0].id.known_from, report().received_at);
  EXPECT_EQ(difference({}, after).changed.size(), 1U);
  EXPECT_EQ(difference(after, {}).retracted.size(), 1U);
}

}  // namespace
}  // namespace cw
