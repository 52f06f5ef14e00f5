#include "notifier/reconcile/repair_cut.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace cw::notifier {
namespace {

BatchBuilder::Opened entry(std::uint64_t position, std::uint64_t seq, std::size_t bytes = 10) {
  return {.entry = {.card = {}, .seq = seq},
          .position = position,
          .text = Sensitive(std::string(bytes, 'x'))};
}

std::vector<std::uint64_t> seqs(const RepairPart& part) {
  std::vector<std::uint64_t> all;
  for (const auto& each : part.entries) all.push_back(each.entry.seq);
  return all;
}

constexpr std::uint64_t kFrom = 0x0a00000000000000;
constexpr std::uint64_t kThrough = 0x0affffffffffffff;

TEST(RepairCut, ABucketIsTheRangeOfItsFirstByte) {
  EXPECT_EQ(range_of(0x0a), (codec::PositionRange{kFrom, kThrough}));
  EXPECT_EQ(range_of(0), (codec::PositionRange{0, 0x00ffffffffffffff}));
  EXPECT_EQ(range_of(0xff), (codec::PositionRange{0xff00000000000000, ~std::uint64_t{0}}));
}

TEST(RepairCut, OfNothingIsOneEmptyPartThatStillReplaces) {
  const auto parts = cut(range_of(0x0a), {}, {});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].entries.empty());
  EXPECT_EQ(parts[0].replaces, range_of(0x0a));
}

TEST(RepairCut, EntriesOfAPartStandBySeqAndPartsByPosition) {
  std::vector<BatchBuilder::Opened> cards;
  cards.push_back(entry(kFrom + 30, 1));
  cards.push_back(entry(kFrom + 10, 9));
  cards.push_back(entry(kFrom + 20, 4));
  const auto parts = cut(range_of(0x0a), std::move(cards), {.entries_max = 2});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(seqs(parts[0]), (std::vector<std::uint64_t>{4, 9}));
  EXPECT_EQ(seqs(parts[1]), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(parts[0].replaces, (codec::PositionRange{kFrom, kFrom + 29}));
  EXPECT_EQ(parts[1].replaces, (codec::PositionRange{kFrom + 30, kThrough}));
}

TEST(RepairCut, CardsOfOnePositionStayTogetherBeyondTheLimit) {
  std::vector<BatchBuilder::Opened> cards;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) cards.push_back(entry(kFrom + 5, seq));
  cards.push_back(entry(kFrom + 6, 4));
  const auto parts = cut(range_of(0x0a), std::move(cards), {.entries_max = 1});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(seqs(parts[0]), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(seqs(parts[1]), (std::vector<std::uint64_t>{4}));
}

TEST(RepairCut, CardsOutsideOfTheRangeAreLeftOut) {
  std::vector<BatchBuilder::Opened> cards;
  cards.push_back(entry(kFrom - 1, 1));
  cards.push_back(entry(kFrom, 2));
  cards.push_back(entry(kThrough, 3));
  cards.push_back(entry(kThrough + 1, 4));
  const auto parts = cut(range_of(0x0a), std::move(cards), {});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(seqs(parts[0]), (std::vector<std::uint64_t>{2, 3}));
}

// Goal: whatever the cards and limits, the parts cover the range once and hold each card once.
TEST(RepairCut, PartsCoverTheRangeWithoutGapOrOverlap) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  for (int round = 0; round < 200; ++round) {
    std::vector<BatchBuilder::Opened> cards;
    const std::size_t count = random() % 100;
    for (std::size_t i = 0; i < count; ++i) {
      cards.push_back(entry(kFrom + random() % 500, i + 1, 1 + random() % 50));
    }
    const RepairLimits limits{.entries_max = 1 + random() % 20, .bytes_max = 1 + random() % 500};
    const auto parts = cut(range_of(0x0a), std::move(cards), limits);
    std::uint64_t next = kFrom;
    std::set<std::uint64_t> seen;
    for (const RepairPart& part : parts) {
      ASSERT_EQ(part.replaces.from, next);
      ASSERT_LE(part.replaces.from, part.replaces.through);
      std::set<std::uint64_t> positions;
      for (const auto& each : part.entries) {
        ASSERT_TRUE(part.replaces.holds(each.position));
        ASSERT_TRUE(seen.insert(each.entry.seq).second);
        positions.insert(each.position);
      }
      if (positions.size() > 1) {
        ASSERT_LE(part.entries.size(), limits.entries_max + positions.size() * 20);
      }
      next = part.replaces.through + 1;
    }
    ASSERT_EQ(next, kThrough + 1);
    ASSERT_EQ(seen.size(), count);
  }
}

}  // namespace
}  // namespace cw::notifier
