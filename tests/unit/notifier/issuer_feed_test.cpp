#include "notifier/issuer_feed.hpp"

#include "feed_samples.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace cw::notifier {
namespace {

using namespace test;

constexpr Instant kAt{std::chrono::seconds{1000}};
constexpr crypto::Bucket kBucket = 7;

crypto::Sha256Digest hash(std::uint64_t seq) {
  return crypto::sha256(std::to_string(seq));
}

class IssuerFeedTest : public testing::Test {
 protected:
  void write(std::uint64_t seq, const WatchChange& change) {
    ASSERT_TRUE(feed.apply(0, seq, kAt + std::chrono::seconds{seq}, change));
  }
  std::vector<std::uint64_t> pending(std::size_t entries_max = 100) {
    std::vector<std::uint64_t> seqs;
    for (const auto& entry : feed.next(entries_max).entries) seqs.push_back(entry.entry.seq);
    return seqs;
  }
  /// Delivers the first `entries_max` pending entries; their hash is hash(seq).
  void deliver(std::size_t entries_max) {
    std::vector<DeliveredEntry> delivered;
    for (const auto& [card, entry] : feed.next(entries_max).entries) {
      delivered.push_back({card, entry.seq, {}, kBucket});
      if (entry.op != FeedOp::kDelt) delivered.back().hash = hash(entry.seq);
    }
    feed.advance(delivered.back().seq, delivered);
  }
  std::string digest() {
    const auto figures = feed.figures();
    return figures.digest ? figures.digest->sum : "unknown";
  }
  static std::string digest_of(std::initializer_list<std::uint64_t> seqs) {
    crypto::FeedDigest digest;
    for (const auto seq : seqs) digest.add(hash(seq));
    return digest.hex();
  }

  IssuerFeed feed{kIssuer};
};

using Seqs = std::vector<std::uint64_t>;

TEST_F(IssuerFeedTest, PendingEntriesComeInTheOrderOfSeq) {
  write(3, change(1));
  write(7, change(2));
  write(12, change(3));

  EXPECT_EQ(pending(), (Seqs{3, 7, 12}));
  EXPECT_EQ(pending(2), (Seqs{3, 7}));
  EXPECT_TRUE(feed.next(2).more);
  EXPECT_FALSE(feed.next(3).more);
}

TEST_F(IssuerFeedTest, AnEntryThatIsSupersededBeforeItWasSentIsNotSent) {
  write(1, change(1));
  write(2, change(2));
  write(3, change(1, FeedOp::kUpdt, WatchLevel::kIdentified));

  const auto window = feed.next(100);
  ASSERT_EQ(pending(), (Seqs{2, 3}));
  EXPECT_EQ(window.entries[1].entry.level, WatchLevel::kIdentified);
  EXPECT_EQ(feed.figures().pending, 2U);
  EXPECT_EQ(feed.figures().entries, 2U);
}

TEST_F(IssuerFeedTest, TheCursorPassesWhatWasDelivered) {
  write(1, change(1));
  write(2, change(2));
  write(3, change(3));
  deliver(2);

  EXPECT_EQ(pending(), (Seqs{3}));
  EXPECT_EQ(feed.figures().through, 2U);
  EXPECT_EQ(feed.figures().oldest_pending, kAt + std::chrono::seconds{3});
  EXPECT_EQ(digest(), "unknown") << "while an entry is pending";
  deliver(1);
  EXPECT_EQ(feed.figures().oldest_pending, std::nullopt);
  EXPECT_EQ(digest(), digest_of({1, 2, 3}));
}

TEST_F(IssuerFeedTest, ANewerEntryReplacesTheDeliveredOneInTheDigest) {
  write(1, change(1));
  write(2, change(2));
  deliver(2);
  write(3, change(1, FeedOp::kUpdt));
  deliver(1);

  EXPECT_EQ(digest(), digest_of({2, 3}));
}

TEST_F(IssuerFeedTest, AnEntrySupersededWhileItWasOnItsWayCountsUntilTheNewOneIsDelivered) {
  write(1, change(1));
  const DeliveredEntry on_its_way{card(1), 1, hash(1), kBucket};
  write(2, change(1, FeedOp::kUpdt));
  feed.advance(1, std::span{&on_its_way, 1});

  EXPECT_EQ(pending(), (Seqs{2}));
  deliver(1);
  EXPECT_EQ(digest(), digest_of({2}));
}

TEST_F(IssuerFeedTest, ARemovalIsDeliveredAndThenForgotten) {
  write(1, change(1));
  write(2, change(2));
  deliver(2);
  write(3, change(1, FeedOp::kDelt));
  EXPECT_EQ(feed.figures().entries, 1U);
  EXPECT_EQ(pending(), (Seqs{3}));
  deliver(1);

  EXPECT_EQ(digest(), digest_of({2}));
  EXPECT_EQ(feed.figures().digest->count, 1U);
  EXPECT_TRUE(pending().empty());
}

TEST_F(IssuerFeedTest, ARemovalWithoutANumberTakesTheOneOfTheEntryThatItRemoves) {
  const auto written = change(1);
  write(1, written);
  write(2, bare_removal(1));

  const auto window = feed.next(1);
  ASSERT_EQ(window.entries.size(), 1U);
  EXPECT_EQ(window.entries[0].entry.op, FeedOp::kDelt);
  EXPECT_EQ(window.entries[0].entry.sealed_pan, written.entry.sealed_pan);
  EXPECT_EQ(*window.entries[0].entry.file_key, written.entry.file_key);
}

TEST_F(IssuerFeedTest, ACardMayComeBackAfterItsRemoval) {
  write(1, change(1));
  write(2, change(1, FeedOp::kDelt));
  write(3, change(1));
  EXPECT_EQ(pending(), (Seqs{3}));
  deliver(1);
  EXPECT_EQ(digest(), digest_of({3}));
  EXPECT_EQ(feed.figures().entries, 1U);
}

TEST_F(IssuerFeedTest, WhatIsPassedOverIsNotInTheDigest) {
  write(1, change(1));
  write(2, change(2));
  feed.advance(1, {});
  deliver(1);

  EXPECT_EQ(digest(), digest_of({2}));
  EXPECT_EQ(feed.figures().entries, 2U) << "it is still on the list";
}

TEST_F(IssuerFeedTest, ARestartGoesOnFromTheCursorAndMakesTheDigestAnew) {
  write(1, change(1));
  write(2, change(2));
  write(3, change(3, FeedOp::kDelt));
  write(4, change(4));
  ASSERT_TRUE(feed.begin(3));

  EXPECT_EQ(pending(), (Seqs{4}));
  deliver(1);
  EXPECT_EQ(digest(), "unknown") << "two hashes are not known yet";
  std::vector<DeliveredEntry> hashed;
  for (const auto& [card, entry] : feed.unhashed(100)) {
    hashed.push_back({card, entry.seq, hash(entry.seq), kBucket});
  }
  ASSERT_EQ(hashed.size(), 2U);
  feed.add_hashes(hashed);
  EXPECT_TRUE(feed.unhashed(100).empty());
  EXPECT_EQ(digest(), digest_of({1, 2, 4}));
}

TEST_F(IssuerFeedTest, AnEntrySupersededBeforeItsHashWasMadeNeedsNone) {
  write(1, change(1));
  write(2, change(2));
  ASSERT_TRUE(feed.begin(2));
  const auto unhashed = feed.unhashed(100);
  write(3, change(1, FeedOp::kUpdt));
  std::vector<DeliveredEntry> hashed;
  for (const auto& [card, entry] : unhashed)
    hashed.push_back({card, entry.seq, hash(entry.seq), kBucket});
  feed.add_hashes(hashed);
  deliver(1);

  EXPECT_EQ(digest(), digest_of({2, 3}));
}

TEST_F(IssuerFeedTest, ACursorBeyondTheNewestEntryIsRefused) {
  write(1, change(1));
  const auto begun = feed.begin(2);

  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, Errc::kConflict);
}

TEST_F(IssuerFeedTest, SeqMustRiseAndThePartitionStay) {
  write(5, change(1));

  EXPECT_EQ(feed.apply(0, 5, kAt, change(2)).error().code, Errc::kConflict);
  EXPECT_EQ(feed.apply(1, 6, kAt, change(2)).error().code, Errc::kConflict);
  EXPECT_EQ(pending(), (Seqs{5}));
}

TEST_F(IssuerFeedTest, ARemovalStaysForAnIssuerThatComesBackFromFar) {
  write(1, change(1));
  write(2, change(2));
  deliver(2);
  write(3, change(1, FeedOp::kDelt));
  deliver(1);
  ASSERT_TRUE(feed.rewind(0));

  EXPECT_EQ(pending(), (Seqs{2, 3}));
  EXPECT_EQ(digest(), "unknown");
  deliver(2);
  EXPECT_EQ(digest(), digest_of({2}));
}

TEST_F(IssuerFeedTest, TheCursorGoesBackOnlyByRewind) {
  write(1, change(1));
  write(2, change(2));
  deliver(1);

  EXPECT_EQ(feed.rewind(2).error().code, Errc::kConflict);
  EXPECT_TRUE(feed.rewind(1)) << "where it stands already";
  ASSERT_TRUE(feed.begin(0));
  EXPECT_EQ(pending(), (Seqs{1, 2}));
}

TEST_F(IssuerFeedTest, WhoPullsReadsFromAnywhere) {
  for (std::uint64_t seq = 1; seq <= 4; ++seq) write(seq, change(seq));
  deliver(3);

  const auto page = feed.page(1, 2);
  ASSERT_EQ(page.entries.size(), 2U);
  EXPECT_EQ(page.entries[0].entry.seq, 2U);
  EXPECT_TRUE(page.more);
  EXPECT_FALSE(feed.page(2, 2).more);
  EXPECT_TRUE(feed.page(4, 2).entries.empty());
}

TEST_F(IssuerFeedTest, ARejectionThatComesLateTakesTheEntryOutOfTheDigest) {
  write(1, change(1));
  write(2, change(2));
  deliver(2);
  const SetAsideMark late{1, "NOT_OURS"};
  ASSERT_TRUE(feed.accept(2, std::span{&late, 1}));

  EXPECT_EQ(digest(), digest_of({2}));
  EXPECT_EQ(feed.figures().set_aside, 1U);
  const DeliveredEntry taken{card(1), 1, hash(1), kBucket};
  feed.advance(2, std::span{&taken, 1});
  EXPECT_EQ(digest(), digest_of({1, 2})) << "it was taken after all";
  EXPECT_EQ(feed.figures().set_aside, 0U);
}

TEST_F(IssuerFeedTest, OfARefusedChangeTheOlderEntryStaysInTheDigest) {
  write(1, change(1));
  deliver(1);
  write(2, change(1, FeedOp::kUpdt));
  feed.advance(2, {});

  EXPECT_EQ(digest(), digest_of({1}));
  const auto cards = feed.bucket(kBucket, 2, 10);
  ASSERT_EQ(cards.entries.size(), 1U);
  EXPECT_EQ(cards.entries[0].entry.seq, 1U);
  write(3, change(1, FeedOp::kUpdt));
  EXPECT_EQ(feed.figures().set_aside, 0U) << "superseded";
  deliver(1);
  EXPECT_EQ(digest(), digest_of({3}));
}

TEST_F(IssuerFeedTest, WhatIsSupersededBeforeItWasSentIsCounted) {
  write(1, change(1));
  write(2, change(1, FeedOp::kUpdt));
  deliver(1);
  write(3, change(1, FeedOp::kUpdt));

  EXPECT_EQ(feed.figures().coalesced, 1U);
  EXPECT_EQ(feed.figures().newest, 3U);
}

TEST_F(IssuerFeedTest, ABucketIsReadInPieces) {
  for (std::uint64_t seq = 1; seq <= 10; ++seq) write(seq, change(seq));
  deliver(10);
  std::size_t found = 0;
  std::size_t pieces = 0;
  std::optional<CardRef> after;
  do {
    const auto cards = feed.bucket(kBucket, 10, 3, after);
    found += cards.entries.size();
    after = cards.next;
    ++pieces;
  } while (after);
  EXPECT_EQ(found, 10U);
  EXPECT_EQ(pieces, 4U);
  EXPECT_TRUE(feed.bucket(kBucket + 1, 10, 3).entries.empty());
}

}  // namespace
}  // namespace cw::notifier
