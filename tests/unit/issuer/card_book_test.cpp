#include "issuer/card_book.hpp"

#include "support/test_pan.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cw::issuer {
namespace {

using Fit = CardBook::Fit;

codec::FeedBatchHead head(std::uint64_t after, std::uint64_t through, std::uint32_t epoch = 1) {
  return {.issuer = IssuerId{"card-a"},
          .epoch = epoch,
          .batch = "b",
          .after = after,
          .through = through};
}

class CardBookTest : public testing::Test {
 protected:
  void apply(std::uint64_t after,
             std::uint64_t through,
             const std::vector<FeedSender::Entry>& entries,
             std::uint32_t epoch = 1) {
    book_.apply(sender_.batch(head(after, through, epoch), entries));
  }

  FeedSender sender_;
  CardBook book_;
};

TEST_F(CardBookTest, HoldsTheNewestEntryOfEachCard) {
  apply(0, 3, {{.seq = 1, .card = 7}, {.seq = 3, .card = 8}});
  apply(3, 9, {{.seq = 5, .card = 7, .op = FeedOp::kUpdt, .level = WatchLevel::kIdentified}});

  const auto cards = book_.page(0, 10);
  ASSERT_EQ(cards.size(), 2U);
  EXPECT_EQ(cards[0].seq, 3U);
  EXPECT_EQ(cards[1].seq, 5U);
  EXPECT_EQ(cards[1].level, WatchLevel::kIdentified);
  EXPECT_EQ(cards[1].reasons.at(0).file, FileName{"extract-1"});
  EXPECT_EQ(book_.through(), 9U);
}

TEST_F(CardBookTest, RemovalTakesTheCardOffAndOfAnUnknownCardDoesNothing) {
  apply(0, 2, {{.seq = 1, .card = 7}, {.seq = 2, .card = 8, .op = FeedOp::kDelt}});
  apply(2, 3, {{.seq = 3, .card = 7, .op = FeedOp::kDelt}});

  EXPECT_EQ(book_.size(), 0U);
  EXPECT_EQ(book_.digest(), crypto::FeedDigest{});
}

TEST_F(CardBookTest, DigestIsTheSumOverCanonicalEntriesHeld) {
  apply(0, 2, {{.seq = 1, .card = 7}, {.seq = 2, .card = 8}});
  apply(2, 3, {{.seq = 3, .card = 7, .op = FeedOp::kUpdt}});

  crypto::FeedDigest expected;
  for (const auto& entry : sender_.batch(head(0, 2), {{.seq = 2, .card = 8}}).entries) {
    expected.add_entry(entry.canonical.reveal());
  }
  const auto updated =
      sender_.batch(head(2, 3), {{.seq = 3, .card = 7, .op = FeedOp::kUpdt}}).entries;
  expected.add_entry(updated.at(0).canonical.reveal());
  EXPECT_EQ(book_.digest(), expected);
}

TEST_F(CardBookTest, TellsHowABatchFits) {
  EXPECT_EQ(book_.fit(head(0, 5)), Fit::kNewEpoch);
  EXPECT_EQ(book_.fit(head(4, 5)), Fit::kGap) << "the very first batch begins at 0";
  apply(0, 5, {{.seq = 5, .card = 1}});
  EXPECT_EQ(book_.fit(head(5, 9)), Fit::kNew);
  EXPECT_EQ(book_.fit(head(2, 9)), Fit::kNew) << "an overlap";
  EXPECT_EQ(book_.fit(head(0, 5)), Fit::kOld);
  EXPECT_EQ(book_.fit(head(6, 9)), Fit::kGap);
  EXPECT_EQ(book_.fit(head(0, 9, 2)), Fit::kNewEpoch);
  EXPECT_EQ(book_.fit(head(5, 9, 2)), Fit::kGap);
  apply(0, 3, {{.seq = 1, .card = 1}}, 2);
  EXPECT_EQ(book_.fit(head(5, 9, 1)), Fit::kOldEpoch);
}

TEST_F(CardBookTest, NewEpochReplacesEverything) {
  apply(0, 5, {{.seq = 4, .card = 1}, {.seq = 5, .card = 2}});
  apply(0, 1, {{.seq = 1, .card = 2}}, 2);

  EXPECT_EQ(book_.size(), 1U);
  EXPECT_EQ(book_.through(), 1U);
  EXPECT_EQ(book_.digest().count(), 1);
}

TEST_F(CardBookTest, OverlapDoesNotBringBackAnOlderState) {
  apply(0, 5, {{.seq = 2, .card = 1}, {.seq = 5, .card = 2}});
  apply(5, 6, {{.seq = 6, .card = 1, .op = FeedOp::kDelt}});
  apply(0, 8, {{.seq = 2, .card = 1}, {.seq = 8, .card = 3}});

  EXPECT_EQ(book_.size(), 2U);
  EXPECT_EQ(book_.page(0, 1).at(0).seq, 5U);
}

// Goal: however a sender cuts, repeats and overlaps its batches, the receiver ends the same.
// Method: a random history of entries; the sender's batches hold, as the protocol wants, only the
// newest entry of each card as of their making, and begin at a random earlier position.
TEST_F(CardBookTest, EndsTheSameHoweverBatchesAreCut) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<FeedSender::Entry> history;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) {
    const auto op = random() % 4 == 0 ? FeedOp::kDelt : FeedOp::kUpdt;
    history.push_back({.seq = seq, .card = random() % 9, .op = op});
  }
  CardBook whole;
  whole.apply(sender_.batch(head(0, 60), history));

  std::uint64_t through = 0;
  while (through < 60) {
    const std::uint64_t after = through == 0 ? 0 : random() % (through + 1);
    const std::uint64_t end = through + 1 + random() % (60 - through);
    std::vector<FeedSender::Entry> entries;
    for (std::uint64_t seq = after + 1; seq <= end; ++seq) {
      const auto& entry = history.at(seq - 1);
      const bool newest = std::none_of(
          history.begin() + static_cast<std::ptrdiff_t>(seq),
          history.begin() + static_cast<std::ptrdiff_t>(end),
          [&entry](const FeedSender::Entry& later) { return later.card == entry.card; });
      if (newest) entries.push_back(entry);
    }
    apply(after, end, entries);
    through = end;
  }

  EXPECT_EQ(book_.digest(), whole.digest());
  EXPECT_EQ(book_.size(), whole.size());
}

TEST_F(CardBookTest, PagesBySeq) {
  apply(0, 4, {{.seq = 1, .card = 1}, {.seq = 3, .card = 2}, {.seq = 4, .card = 3}});

  EXPECT_EQ(book_.page(0, 2).back().seq, 3U);
  EXPECT_EQ(book_.page(3, 2).front().seq, 4U);
  EXPECT_TRUE(book_.page(4, 2).empty());
}

TEST(Masked, ShowsTheBinAndTheLastFourOnly) {
  const std::string pan = test::test_pan(1234567);
  EXPECT_EQ(masked(Pan::parse(pan).value()), pan.substr(0, 8) + "****" + pan.substr(12));
  const std::string amex = test::test_pan(55, "37828224", 15);
  EXPECT_EQ(masked(Pan::parse(amex).value()), amex.substr(0, 6) + "*****" + amex.substr(11));
}

}  // namespace
}  // namespace cw::issuer
