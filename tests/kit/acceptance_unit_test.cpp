#include "cli/acceptance/acceptance_run.hpp"
#include "cli/acceptance/acceptance_view.hpp"
#include "lib/codec/feed_batch.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cw::cli {
namespace {

TestFeed base_feed() {
  TestFeed feed("card-a", "35699900", 7);
  fill_base(feed);
  return feed;
}

TEST(Acceptance, ChecksHaveNamesOfTheirOwnAndSayWhatToMend) {
  std::set<std::string_view> ids;
  for (const Check& check : all_checks()) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id;
    EXPECT_FALSE(check.about.empty()) << check.id;
    EXPECT_FALSE(check.mend.empty()) << check.id;
  }
  EXPECT_EQ(all_checks().front().id, "verification");
  EXPECT_EQ(all_checks().back().id, "left_empty") << "the last one cleans up";
}

TEST(Acceptance, BatchesKeepToTheProtocol) {
  const TestFeed feed = base_feed();
  const TestBatch batch{
      .epoch = feed.epoch(),
      .after = feed.through(),
      .through = feed.through() + 9,
      .entries = {
          {.seq = feed.through() + 2, .card = 100},
          {.seq = feed.through() + 5, .card = 1, .op = FeedOp::kDelt, .unknown_member = true}}};

  const auto read = codec::decode_feed_batch(feed.text(batch, "b-1", "card-a").reveal());

  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(read.value().head.epoch, 7U);
  ASSERT_EQ(read.value().entries.size(), 2U);
  EXPECT_EQ(read.value().entries[1].op, FeedOp::kDelt);
  EXPECT_NE(read.value().entries[1].canonical.reveal().find("x_later"), std::string_view::npos);
}

TEST(Acceptance, TheListHoldsTheNewestEntryOfACardAndNoRemovedOne) {
  TestFeed feed = base_feed();
  const auto before = feed.buckets();

  feed.apply({{.seq = 100, .card = 100}, {.seq = 101, .card = 3, .op = FeedOp::kUpdt}});
  EXPECT_EQ(feed.size(), kBaseCards + 1);
  EXPECT_NE(feed.buckets(), before);

  feed.apply({{.seq = 102, .card = 100, .op = FeedOp::kDelt}, {.seq = 7, .card = 3}});
  EXPECT_EQ(feed.buckets(), before) << "the base entry of card 3 has seq 7";
}

TEST(Acceptance, PositionsPartTheListWithoutLoss) {
  const TestFeed feed = base_feed();

  const auto lower = feed.held(kFirstPosition, "7fffffffffffffff");
  const auto upper = feed.held("8000000000000000", kLastPosition);

  EXPECT_FALSE(lower.empty());
  EXPECT_FALSE(upper.empty());
  EXPECT_EQ(lower.size() + upper.size(), feed.size());
}

TEST(Acceptance, SummaryNamesWhyAndHowToMendIt) {
  const auto checks = all_checks();
  AcceptanceReport report{.issuer = "card-a", .url = "https://x", .epoch = 1, .outcomes = {}};
  report.outcomes.push_back({.check = &checks[0], .result = CheckResult::kPassed});
  report.outcomes.push_back(
      {.check = &checks[1], .result = CheckResult::kFailed, .why = "status 500"});
  report.outcomes.push_back({.check = &checks[2], .why = "needs snapshot"});

  const std::string summary = acceptance_summary(report);

  EXPECT_NE(summary.find("snapshot: status 500"), std::string::npos);
  EXPECT_NE(summary.find(checks[1].mend), std::string::npos);
  EXPECT_NE(summary.find("not run: needs snapshot"), std::string::npos);
  EXPECT_NE(summary.find("1 passed, 1 failed, 1 not run"), std::string::npos);
  EXPECT_FALSE(report.passed());
}

}  // namespace
}  // namespace cw::cli
