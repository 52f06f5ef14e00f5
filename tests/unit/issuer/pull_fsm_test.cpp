#include "issuer/pull_fsm.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace cw::issuer {
namespace {

using Kind = PullAction::Kind;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr PullFsm::Time kStart{};

class PullFsmTest : public testing::Test {
 protected:
  PullAction next(const PullFsm::State& state = {}) { return fsm_.next(at_, state); }
  /// Up to a list that is held, caught up and found equal.
  void settle() {
    fsm_.verified();
    fsm_.snapshot_taken();
    fsm_.nothing_came(at_);
    fsm_.compared(at_, std::vector<crypto::Bucket>{});
  }

  PullFsm fsm_{{.wait = seconds{30}, .interval = seconds{1}, .digest_interval = hours{24}}};
  PullFsm::Time at_ = kStart + hours{1};
};

TEST_F(PullFsmTest, BeginsWithAVerificationThenTheWholeList) {
  EXPECT_EQ(next({.empty = true}).kind, Kind::kVerify);
  fsm_.verified();
  EXPECT_EQ(next({.empty = true, .to_acknowledge = true}).kind, Kind::kSnapshot);
  fsm_.snapshot_taken();
  EXPECT_EQ(next({.to_acknowledge = true}).kind, Kind::kAcknowledge);
  fsm_.acknowledged();
  EXPECT_EQ(next().kind, Kind::kEntries);
  EXPECT_EQ(next().wait, milliseconds{0}) << "not caught up yet";
}

TEST_F(PullFsmTest, WhatIsHeldIsContinuedWithoutASnapshot) {
  fsm_.verified();
  EXPECT_EQ(next().kind, Kind::kEntries);
}

TEST_F(PullFsmTest, ComparesOnceCaughtUpAndThenAfterTheInterval) {
  fsm_.verified();
  fsm_.entries_came(true);
  EXPECT_EQ(next().kind, Kind::kEntries);
  fsm_.entries_came(false);
  EXPECT_EQ(next().kind, Kind::kDigest);
  fsm_.compared(at_, std::vector<crypto::Bucket>{});
  EXPECT_EQ(next().kind, Kind::kEntries);
  EXPECT_EQ(next().wait, seconds{30});
  at_ += hours{24};
  EXPECT_EQ(next().kind, Kind::kDigest);
}

TEST_F(PullFsmTest, RepairsWhatDiffersAndComparesAgain) {
  settle();
  fsm_.compared(at_, std::vector<crypto::Bucket>{3, 255});
  const auto repair = next();
  EXPECT_EQ(repair.kind, Kind::kRepair);
  EXPECT_EQ(repair.buckets, (std::vector<crypto::Bucket>{3, 255}));
  fsm_.repaired();
  EXPECT_EQ(next().kind, Kind::kDigest);
}

TEST_F(PullFsmTest, DigestsOfDifferentStatesAreComparedAgainSoon) {
  settle();
  fsm_.compared(at_, std::nullopt);
  EXPECT_EQ(next().kind, Kind::kEntries) << "what is under way first";
  fsm_.entries_came(false);
  at_ += seconds{1};
  EXPECT_EQ(next().kind, Kind::kDigest);
}

TEST_F(PullFsmTest, LostTrackTakesTheWholeList) {
  settle();
  fsm_.lost_track();
  EXPECT_EQ(next().kind, Kind::kSnapshot);
}

TEST_F(PullFsmTest, LongPollEndsWhenThereIsMoreToAcknowledge) {
  settle();
  EXPECT_EQ(next({.more_due = at_ + seconds{7}}).wait, seconds{7});
  EXPECT_EQ(next({.more_due = at_ - seconds{7}}).wait, seconds{0});
}

TEST_F(PullFsmTest, PausesGrowWithFailuresAndEndWithASuccess) {
  settle();
  milliseconds before{0};
  for (int i = 0; i < 40; ++i) {
    fsm_.failed(at_);
    const auto action = next();
    ASSERT_EQ(action.kind, Kind::kPause);
    EXPECT_GE(action.wait, before);
    EXPECT_LE(action.wait, PullFsm::kPauseMax);
    before = action.wait;
    at_ += action.wait;
    EXPECT_NE(next().kind, Kind::kPause);
  }
  EXPECT_EQ(before, PullFsm::kPauseMax);
  fsm_.entries_came(false);
  EXPECT_EQ(fsm_.failures(), 0U);
}

TEST_F(PullFsmTest, DigestOrRepairThatFailsDoesNotKeepEntriesFromComing) {
  fsm_.verified();
  fsm_.nothing_came(at_);
  ASSERT_EQ(next().kind, Kind::kDigest);
  fsm_.failed(at_);
  at_ += next().wait;
  EXPECT_EQ(next().kind, Kind::kEntries);
  settle();
  fsm_.compared(at_, std::vector<crypto::Bucket>{7});
  ASSERT_EQ(next().kind, Kind::kRepair);
  fsm_.failed(at_);
  at_ += next().wait;
  EXPECT_EQ(next().kind, Kind::kEntries);
  fsm_.nothing_came(at_);
  at_ += seconds{1};
  EXPECT_EQ(next().kind, Kind::kDigest) << "which finds again what is to be repaired";
}

TEST_F(PullFsmTest, AcknowledgementThatFailsLetsEntriesGoFirst) {
  settle();
  ASSERT_EQ(next({.to_acknowledge = true}).kind, Kind::kAcknowledge);
  fsm_.failed(at_);
  at_ += next({.to_acknowledge = true}).wait;
  EXPECT_EQ(next({.to_acknowledge = true}).kind, Kind::kEntries);
  EXPECT_EQ(next({.to_acknowledge = true}).kind, Kind::kAcknowledge);
}

TEST_F(PullFsmTest, WithoutALongPollItDoesNotAskWithoutEnd) {
  PullFsm fsm({.wait = milliseconds{0}, .interval = seconds{1}, .digest_interval = hours{24}});
  fsm.verified();
  fsm.nothing_came(at_);
  fsm.compared(at_, std::vector<crypto::Bucket>{});
  ASSERT_EQ(fsm.next(at_, {}).kind, Kind::kEntries);
  fsm.nothing_came(at_);
  EXPECT_EQ(fsm.next(at_, {}).kind, Kind::kPause);
  EXPECT_EQ(fsm.next(at_, {}).wait, seconds{1});
}

TEST_F(PullFsmTest, LongPollThatIsAnsweredAtOnceIsNotRepeatedAtOnce) {
  settle();
  ASSERT_EQ(next().kind, Kind::kEntries);
  fsm_.nothing_came(at_ + milliseconds{1});
  EXPECT_EQ(next().kind, Kind::kPause);
  at_ += seconds{2};
  ASSERT_EQ(next().kind, Kind::kEntries);
  fsm_.nothing_came(at_ + seconds{30});
  at_ += seconds{30};
  EXPECT_EQ(next().kind, Kind::kEntries);
}

TEST_F(PullFsmTest, WhereTheListIsPushedItOnlyAcknowledges) {
  PullFsm fsm({.entries = false, .interval = seconds{1}});
  fsm.verified();
  EXPECT_EQ(fsm.next(at_, {.empty = true}).kind, Kind::kPause);
  EXPECT_EQ(fsm.next(at_, {.empty = true}).wait, seconds{1});
  EXPECT_EQ(fsm.next(at_, {.to_acknowledge = true}).kind, Kind::kAcknowledge);
  EXPECT_EQ(fsm.next(at_, {.more_due = at_ + milliseconds{10}}).wait, milliseconds{10});
}

// Goal: no order of events leaves it stuck or asking without a pause while all fails. Method:
// random events after each action; when everything succeeds from then on, it settles within some
// steps.
TEST_F(PullFsmTest, SettlesFromWhateverHappened) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    PullFsm fsm({.wait = seconds{30}, .interval = seconds{1}, .digest_interval = hours{24}});
    bool empty = true;
    bool acknowledged = false;
    const auto succeed = [&](const PullAction& action) {
      switch (action.kind) {
        case Kind::kVerify:
          return fsm.verified();
        case Kind::kSnapshot:
          empty = false;
          return fsm.snapshot_taken();
        case Kind::kAcknowledge:
          acknowledged = true;
          return fsm.acknowledged();
        case Kind::kRepair:
          return fsm.repaired();
        case Kind::kDigest:
          return fsm.compared(at_, std::vector<crypto::Bucket>{});
        case Kind::kEntries:
          at_ += action.wait;
          return fsm.nothing_came(at_);
        case Kind::kPause:
          at_ += action.wait;
          return;
      }
    };
    for (int i = 0; i < 30; ++i) {
      const auto action = fsm.next(at_, {.empty = empty, .to_acknowledge = !acknowledged});
      const auto event = random() % 5;
      if (action.kind == Kind::kPause || event < 2) {
        succeed(action);
      } else if (event == 2) {
        fsm.failed(at_);
      } else if (event == 3 && action.kind == Kind::kEntries) {
        fsm.lost_track();
      } else if (action.kind == Kind::kDigest) {
        fsm.compared(
            at_, random() % 2 == 0 ? std::nullopt : std::optional(std::vector<crypto::Bucket>{7}));
      }
      if (random() % 3 == 0) acknowledged = false;
    }
    std::set<Kind> last;
    for (int i = 0; i < 20; ++i) {
      const auto action = fsm.next(at_, {.empty = empty, .to_acknowledge = !acknowledged});
      if (i >= 15) last.insert(action.kind);
      succeed(action);
    }
    EXPECT_EQ(last, std::set<Kind>{Kind::kEntries}) << "round " << round;
  }
}

}  // namespace
}  // namespace cw::issuer
