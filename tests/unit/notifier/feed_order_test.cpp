#include "notifier/feed_order.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using codec::FeedSetBy;
using codec::FeedStatus;
using Kind = FeedOrder::Kind;

FeedStanding standing(FeedStatus state, std::optional<FeedSetBy> set_by) {
  return {.state = state, .set_by = set_by, .by = {}, .reason = {}};
}

Errc code(const Status& status) {
  return status ? Errc{} : status.error().code;
}

TEST(FeedOrder, TheIssuerChangesWhatItSetItselfOrWhatIts410Disabled) {
  for (const auto set_by : {FeedSetBy::kIssuer, FeedSetBy::kAnswer410}) {
    for (const auto state : {FeedStatus::kPaused, FeedStatus::kDisabled}) {
      for (const auto kind : {Kind::kResume, Kind::kPause, Kind::kDisable}) {
        EXPECT_TRUE(
            check_order({.kind = kind, .set_by = FeedSetBy::kIssuer}, standing(state, set_by)));
      }
    }
  }
}

TEST(FeedOrder, TheIssuerChangesNothingThatWeSet) {
  for (const auto state : {FeedStatus::kPaused, FeedStatus::kDisabled}) {
    for (const auto kind : {Kind::kResume, Kind::kPause, Kind::kDisable}) {
      const FeedOrder order{.kind = kind, .set_by = FeedSetBy::kIssuer};
      EXPECT_EQ(code(check_order(order, standing(state, FeedSetBy::kUs))), Errc::kStateNotYours);
      EXPECT_EQ(code(check_order(order, standing(state, std::nullopt))), Errc::kStateNotYours);
    }
  }
  // That we resumed it does not bind the issuer.
  EXPECT_TRUE(check_order({.kind = Kind::kPause, .set_by = FeedSetBy::kIssuer},
                          standing(FeedStatus::kEnabled, FeedSetBy::kUs)));
}

TEST(FeedOrder, AnOperatorChangesEverything) {
  for (const auto set_by : {FeedSetBy::kUs, FeedSetBy::kIssuer, FeedSetBy::kAnswer410}) {
    for (const auto kind : {Kind::kResume, Kind::kPause, Kind::kDisable, Kind::kReplay}) {
      EXPECT_TRUE(check_order({.kind = kind}, standing(FeedStatus::kDisabled, set_by)));
    }
  }
}

TEST(FeedOrder, ADisabledFeedIsNotProbed) {
  EXPECT_EQ(
      code(check_order({.kind = Kind::kProbe}, standing(FeedStatus::kDisabled, FeedSetBy::kUs))),
      Errc::kConflict);
  EXPECT_TRUE(check_order({.kind = Kind::kProbe}, standing(FeedStatus::kPaused, FeedSetBy::kUs)));
}

TEST(FeedOrder, AnOrderTellsHowTheFeedWillStand) {
  const auto after = standing_after(
      {.kind = Kind::kDisable, .set_by = FeedSetBy::kUs, .by = "ops-a", .reason = "gone"});
  EXPECT_EQ(after.state, FeedStatus::kDisabled);
  EXPECT_EQ(after.set_by, FeedSetBy::kUs);
  EXPECT_EQ(after.by, "ops-a");
  EXPECT_EQ(after.reason, "gone");
}

}  // namespace
}  // namespace cw::notifier
