#include "issuer/card_book.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace cw::issuer {
namespace {

using Fit = CardBook::Fit;
using Entry = FeedSender::Entry;

std::uint64_t position(std::uint64_t card) {
  return crypto::card_position(card_number(card));
}

codec::PositionRange only(std::uint64_t card) {
  return {position(card), position(card)};
}

codec::PositionRange bucket_of_card(std::uint64_t card) {
  const std::uint64_t from = position(card) >> 56U << 56U;
  return {from, from | (kAllPositions.through >> 8U)};
}

/// Some number of ranges that cover all positions in order, cut at the cards' own.
std::vector<codec::PositionRange> cut(std::vector<std::uint64_t> cards) {
  std::vector<std::uint64_t> ends;
  for (const std::uint64_t card : cards) ends.push_back(position(card));
  ends.push_back(kAllPositions.through);
  std::sort(ends.begin(), ends.end());
  std::vector<codec::PositionRange> ranges;
  std::uint64_t from = 0;
  for (const std::uint64_t end : ends) {
    ranges.push_back({from, end});
    from = end + 1;
  }
  return ranges;
}

class CardBookReplaceTest : public testing::Test {
 protected:
  TakenEntries apply(const codec::FeedBatchHead& head, const std::vector<Entry>& entries) {
    return book_.apply(sender_.batch(head, entries));
  }
  [[nodiscard]] std::vector<std::uint64_t> seqs() const {
    std::vector<std::uint64_t> all;
    for (const HeldCard& card : book_.page(0, 1000)) all.push_back(card.seq);
    return all;
  }

  FeedSender sender_;
  CardBook book_;
};

TEST_F(CardBookReplaceTest, RangeHoldsExactlyTheBatchAndNothingElseChanges) {
  apply(plain_head(0, 9), {{.seq = 7, .card = 1}, {.seq = 8, .card = 2}, {.seq = 9, .card = 3}});
  ASSERT_NE(bucket_of_card(1), bucket_of_card(2));

  const auto counts = apply(repair_head(bucket_of_card(1), 9), {{.seq = 3, .card = 1}});
  EXPECT_EQ(counts.taken, 1U);
  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{3, 8, 9}));
  apply(repair_head(bucket_of_card(2), 9), {});

  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{3, 9}));
  EXPECT_EQ(book_.through(), 9U) << "the cursor stays";
  EXPECT_EQ(book_.digest().count(), 2);
}

TEST_F(CardBookReplaceTest, ReplacingIsIdempotent) {
  apply(plain_head(0, 9), {{.seq = 8, .card = 2}});
  apply(repair_head(bucket_of_card(1), 9), {{.seq = 3, .card = 1}});
  const auto digests = book_.digests();

  EXPECT_EQ(apply(repair_head(bucket_of_card(1), 9), {{.seq = 3, .card = 1}}).taken, 0U);

  EXPECT_EQ(book_.digests(), digests);
}

TEST_F(CardBookReplaceTest, WhatWasForgottenComesBackWithItsRange) {
  apply(plain_head(0, 9), {{.seq = 7, .card = 1}, {.seq = 8, .card = 2}, {.seq = 9, .card = 3}});
  const auto digests = book_.digests();

  EXPECT_EQ(book_.forget(2), 2U);

  EXPECT_EQ(seqs(), std::vector<std::uint64_t>{9});
  EXPECT_EQ(book_.through(), 9U) << "it does not know that it lost them";
  EXPECT_NE(book_.digests(), digests);
  apply(repair_head(bucket_of_card(1), 9), {{.seq = 7, .card = 1}});
  EXPECT_EQ(apply(repair_head(bucket_of_card(2), 9), {{.seq = 8, .card = 2}}).taken, 1U);
  EXPECT_EQ(book_.digests(), digests);
  EXPECT_EQ(book_.forget(100), 3U);
}

TEST_F(CardBookReplaceTest, RangeEndsAreInside) {
  apply(plain_head(0, 9), {{.seq = 7, .card = 1}});
  auto beside = only(1);
  beside.from += 1;
  beside.through += 1;
  apply(repair_head(beside, 9), {});
  EXPECT_EQ(book_.size(), 1U);
  apply(repair_head(only(1), 9), {});
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(CardBookReplaceTest, StateFromBeyondOrOfAnotherEpochDoesNotFit) {
  apply(plain_head(0, 9, 2), {{.seq = 7, .card = 1}});
  EXPECT_EQ(book_.fit(repair_head(kAllPositions, 9, 2)), Fit::kReplaces);
  EXPECT_EQ(book_.fit(repair_head(kAllPositions, 10, 2)), Fit::kGap);
  EXPECT_EQ(book_.fit(repair_head(kAllPositions, 9, 3)), Fit::kGap);
  EXPECT_EQ(book_.fit(repair_head(kAllPositions, 9, 1)), Fit::kOldEpoch);
  EXPECT_EQ(book_.fit(snapshot_head(kAllPositions, 99, 2)), Fit::kReplaces);
  EXPECT_EQ(book_.fit(snapshot_head(kAllPositions, 1, 3)), Fit::kReplaces);
  EXPECT_EQ(book_.fit(snapshot_head(kAllPositions, 1, 1)), Fit::kOldEpoch);
}

TEST_F(CardBookReplaceTest, RepairMadeBeforeLaterEntriesTakesNothingOfThemBack) {
  apply(plain_head(0, 5), {{.seq = 4, .card = 1}, {.seq = 5, .card = 2}});
  apply(plain_head(5, 8),
        {{.seq = 6, .card = 1, .op = FeedOp::kDelt},
         {.seq = 7, .card = 2, .op = FeedOp::kUpdt},
         {.seq = 8, .card = 3}});

  apply(repair_head(kAllPositions, 5), {{.seq = 4, .card = 1}, {.seq = 5, .card = 2}});

  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{7, 8}));
}

TEST_F(CardBookReplaceTest, RepairFromBeforeASnapshotDoesNotFit) {
  apply(snapshot_head(kAllPositions, 20), {});
  EXPECT_EQ(book_.fit(repair_head(only(1), 19)), Fit::kGap)
      << "a card may have been removed before 20 without our being told";
  EXPECT_EQ(book_.fit(repair_head(only(1), 20)), Fit::kReplaces);
  apply(plain_head(20, 30), {{.seq = 25, .card = 2}});
  EXPECT_EQ(book_.fit(repair_head(only(1), 22)), Fit::kReplaces);
}

TEST_F(CardBookReplaceTest, SnapshotSetsEpochAndCursorWithItsLastPart) {
  apply(plain_head(0, 5), {{.seq = 4, .card = 1}, {.seq = 5, .card = 2}});
  const auto parts = cut({3});

  apply(snapshot_head(parts[0], 70, 2), {{.seq = 60, .card = 3}});
  EXPECT_EQ(book_.epoch(), 2U);
  EXPECT_EQ(book_.through(), 0U) << "true of all cards is only the new epoch's beginning";
  EXPECT_EQ(book_.size(), 1U) << "nothing of the old epoch";
  apply(snapshot_head(parts[1], 70, 2), {});

  EXPECT_EQ(book_.through(), 70U);
  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{60}));
}

TEST_F(CardBookReplaceTest, PartThatIsNotTheNextDoesNotFit) {
  const auto parts = cut({1, 2, 3});
  EXPECT_EQ(book_.fit(snapshot_head(parts[1], 9)), Fit::kGap);
  apply(snapshot_head(parts[0], 9), {});
  EXPECT_EQ(book_.fit(snapshot_head(parts[2], 9)), Fit::kGap);
  EXPECT_EQ(book_.fit(snapshot_head(parts[1], 9, 2)), Fit::kGap);
  EXPECT_EQ(book_.fit(snapshot_head(parts[1], 9)), Fit::kReplaces);
  EXPECT_EQ(book_.fit(snapshot_head(kAllPositions, 12)), Fit::kReplaces) << "one that begins anew";
}

TEST_F(CardBookReplaceTest, AbandonedSnapshotIsContinuedByEntriesFromTheCursor) {
  apply(plain_head(0, 5), {{.seq = 4, .card = 1}, {.seq = 5, .card = 2}});
  const auto parts = cut({1, 2});
  std::vector<Entry> first;
  for (const std::uint64_t card : {1U, 2U}) {
    if (parts[0].holds(position(card))) first.push_back({.seq = 7 + card, .card = card});
  }
  apply(snapshot_head(parts[0], 20), first);
  EXPECT_EQ(book_.through(), 5U);

  const auto counts = apply(
      plain_head(5, 12),
      {{.seq = 8, .card = 1, .op = FeedOp::kUpdt}, {.seq = 9, .card = 2, .op = FeedOp::kUpdt}});

  EXPECT_EQ(counts.older + counts.repeated, 0U) << "what a snapshot brought is no disorder";
  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{8, 9}));
}

TEST_F(CardBookReplaceTest, SnapshotOfAnEarlierStateGoesBackToIt) {
  apply(plain_head(0, 9), {{.seq = 8, .card = 1}, {.seq = 9, .card = 2}});
  const auto parts = cut({1});
  apply(snapshot_head(parts[0], 4), {});
  EXPECT_EQ(book_.through(), 4U) << "before its end, so that what follows is not passed over";
  apply(snapshot_head(parts[1], 4), {});

  EXPECT_EQ(book_.size(), 0U);
  EXPECT_EQ(book_.fit(plain_head(4, 6)), Fit::kNew);
}

TEST_F(CardBookReplaceTest, EntriesOutOfOrderAreCountedAndPassedOver) {
  apply(plain_head(0, 9), {{.seq = 5, .card = 1}, {.seq = 9, .card = 2, .op = FeedOp::kDelt}});

  const auto counts = apply(plain_head(0, 12),
                            {{.seq = 3, .card = 2},
                             {.seq = 5, .card = 1},
                             {.seq = 6, .card = 3},
                             {.seq = 12, .card = 4}});

  EXPECT_EQ(counts.older, 1U) << "of a removed card too";
  EXPECT_EQ(counts.repeated, 1U);
  EXPECT_EQ(counts.taken, 1U);
  const auto seen = book_.look_at(sender_.batch(plain_head(0, 9), {{.seq = 4, .card = 1}}));
  EXPECT_EQ(seen.older, 1U);
}

TEST_F(CardBookReplaceTest, DigestsTellWhichBucketDiffers) {
  apply(plain_head(0, 9), {{.seq = 7, .card = 1}, {.seq = 8, .card = 2}});
  CardBook other;
  other.apply(sender_.batch(plain_head(0, 9), {{.seq = 7, .card = 1}, {.seq = 9, .card = 2}}));

  const auto differing = codec::differing(codec::digest_sums(9, book_.digests()),
                                          codec::digest_sums(9, other.digests()));

  EXPECT_EQ(differing, std::vector<crypto::Bucket>{crypto::bucket_of(position(2))});
}

// Goal: whatever a correct sender does (overlaps, repairs made now or before, snapshots whole or
// left unfinished), the list ends as the sender's and nothing is taken for disorder. Method: a
// random history of 80 entries of 12 cards; random steps; the sender never sends an entry that a
// later one up to the batch's end supersedes.
class SenderModel {
 public:
  explicit SenderModel(std::mt19937_64& random) : random_(random) {
    for (std::uint64_t seq = 1; seq <= kEnd; ++seq) {
      const auto op = random_() % 4 == 0 ? FeedOp::kDelt : FeedOp::kUpdt;
      history_.push_back({.seq = seq, .card = random_() % kCards, .op = op});
    }
  }
  static constexpr std::uint64_t kEnd = 80;
  static constexpr std::uint64_t kCards = 12;

  /// The newest entry of each card up to `through`, by rising seq, if beyond `after`.
  [[nodiscard]] std::vector<Entry> entries(std::uint64_t after, std::uint64_t through) const {
    std::map<std::uint64_t, Entry> newest;
    for (const Entry& entry : history_) {
      if (entry.seq <= through) newest[entry.card] = entry;
    }
    std::vector<Entry> all;
    for (const auto& [card, entry] : newest) {
      if (entry.seq > after) all.push_back(entry);
    }
    std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.seq < b.seq; });
    return all;
  }
  /// The cards listed at `through` within `range`.
  [[nodiscard]] std::vector<Entry> listed(codec::PositionRange range, std::uint64_t through) const {
    auto all = entries(0, through);
    std::erase_if(all, [&](const Entry& entry) {
      return entry.op == FeedOp::kDelt || !range.holds(position(entry.card));
    });
    return all;
  }
  [[nodiscard]] std::vector<codec::PositionRange> random_cut() {
    std::vector<std::uint64_t> cards;
    for (std::uint64_t card = 0; card < kCards; ++card) {
      if (random_() % 3 == 0) cards.push_back(card);
    }
    return cut(cards);
  }

 private:
  std::mt19937_64& random_;
  std::vector<Entry> history_;
};

TEST_F(CardBookReplaceTest, EndsAsTheSenderWhateverItDoes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    book_ = CardBook();
    SenderModel model(random);
    std::size_t older = 0;
    for (int step = 0; step < 12; ++step) {
      const std::uint64_t cursor = book_.through();
      const std::uint64_t ahead = cursor + random() % (SenderModel::kEnd - cursor + 1);
      switch (random() % 3) {
        case 0: {
          if (ahead == cursor) break;
          const std::uint64_t after = cursor == 0 ? 0 : random() % (cursor + 1);
          older += apply(plain_head(after, ahead), model.entries(after, ahead)).older;
          break;
        }
        case 1: {
          if (book_.epoch() == 0) break;
          const std::uint64_t at = random() % (cursor + 1);
          const auto range = bucket_of_card(random() % SenderModel::kCards);
          if (book_.fit(repair_head(range, at)) != Fit::kReplaces) break;
          apply(repair_head(range, at), model.listed(range, at));
          break;
        }
        default: {
          const auto parts = model.random_cut();
          const std::size_t sent = 1 + random() % parts.size();
          for (std::size_t i = 0; i < sent; ++i) {
            apply(snapshot_head(parts[i], ahead), model.listed(parts[i], ahead));
          }
          break;
        }
      }
    }
    if (book_.through() < SenderModel::kEnd) {
      const auto rest = model.entries(book_.through(), SenderModel::kEnd);
      older += apply(plain_head(book_.through(), SenderModel::kEnd), rest).older;
    }
    CardBook whole;
    whole.apply(
        sender_.batch(plain_head(0, SenderModel::kEnd), model.entries(0, SenderModel::kEnd)));
    ASSERT_EQ(book_.digests(), whole.digests()) << "round " << round;
    EXPECT_EQ(older, 0U) << "round " << round;
  }
}

}  // namespace
}  // namespace cw::issuer
