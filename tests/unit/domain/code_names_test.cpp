#include "lib/domain/code_names.hpp"

#include "lib/domain/answer.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cw {
namespace {

/// Every enumerator up to `last` has its own name, found again by `find`.
template <class Enum, class Find>
void expect_names_round_trip(Enum last, Find find) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_TRUE(seen.insert(text(value)).second) << text(value);
    EXPECT_EQ(find(text(value)), value);
  }
  EXPECT_FALSE(find("unknown").has_value());
  EXPECT_FALSE(find("").has_value());
}

TEST(CodeNames, AreUniqueAndFoundAgain) {
  expect_names_round_trip(ReportAction::kDupl, action_from);
  expect_names_round_trip(FraudType::kOther, fraud_type_from);
  expect_names_round_trip(FraudDisposition::kAfterDebit, disposition_from);
  expect_names_round_trip(Outcome::kNotExposed, outcome_from);
  expect_names_round_trip(WatchLevel::kFraudReported, watch_level_from);
  expect_names_round_trip(FeedOp::kDelt, feed_op_from);
  expect_names_round_trip(CardStatus::kNotOurs, card_status_from);
  expect_names_round_trip(CountUnit::kMembers, count_unit_from);
  expect_names_round_trip(CountKey::kApproved, count_key_from);
  expect_names_round_trip(AttributableFilter::kBoth, attributable_filter_from);
}

TEST(CodeNames, AreThoseOfTheWire) {
  EXPECT_EQ(text(ReportAction::kReop), "REOP");
  EXPECT_EQ(text(FraudType::kCnpUse), "CNP_USE");
  EXPECT_EQ(text(FraudType::kFirstParty), "FIRST_PARTY");
  EXPECT_EQ(text(FraudDisposition::kMemberStatement), "member_statement");
  EXPECT_EQ(text(Outcome::kPredatesExposure), "predates_exposure");
  EXPECT_EQ(text(WatchLevel::kFraudReported), "fraud_reported");
  EXPECT_EQ(text(CountKey::kFraudType), "fraud_type");
}

TEST(CardStatus, OnlyANumberOutOfUseReleasesTheCard) {
  std::set<std::string_view> releasing;
  for (int i = 0; i <= static_cast<int>(CardStatus::kNotOurs); ++i) {
    if (releases(static_cast<CardStatus>(i))) releasing.insert(text(static_cast<CardStatus>(i)));
  }
  EXPECT_EQ(releasing, (std::set<std::string_view>{"REISSUED", "CLOSED"}));
}

TEST(IssuerAnswer, TheNewestStandsAndOfTwoAtOnceTheLastAsText) {
  const IssuerAnswer closed{.issuer = IssuerId{"jcb-a"},
                            .card = {},
                            .seq = 1,
                            .status = CardStatus::kClosed,
                            .received_at = Instant{std::chrono::seconds{5}}};
  IssuerAnswer monitored = closed;
  monitored.status = CardStatus::kMonitored;
  EXPECT_TRUE(stands_before(monitored, closed)) << "MONITORED comes after CLOSED";
  EXPECT_FALSE(stands_before(closed, monitored));
  monitored.received_at -= std::chrono::seconds{1};
  EXPECT_TRUE(stands_before(closed, monitored));
  EXPECT_FALSE(stands_before(closed, closed));
}

TEST(FraudTypes, NotCausedByALeakAreNotAttributable) {
  std::set<std::string_view> not_attributable;
  for (int i = 0; i <= static_cast<int>(FraudType::kOther); ++i) {
    const auto type = static_cast<FraudType>(i);
    if (!is_attributable(type)) not_attributable.insert(text(type));
  }
  EXPECT_EQ(not_attributable,
            (std::set<std::string_view>{
                "LOST", "STOLEN", "NOT_RECEIVED", "FALSE_APPLICATION", "FIRST_PARTY"}));
}

}  // namespace
}  // namespace cw
