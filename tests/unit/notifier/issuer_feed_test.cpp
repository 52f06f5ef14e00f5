#include "notifier/issuer_feed.hpp"

#include "feed_samples.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cw::notifier {
namespace {

using namespace test;

constexpr Instant kAt{std::chrono::seconds{1000}};

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
      delivered.push_back({card, entry.seq, {}});
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
  const DeliveredEntry on_its_way{card(1), 1, hash(1)};
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
    hashed.push_back({card, entry.seq, hash(entry.seq)});
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
  for (const auto& [card, entry] : unhashed) hashed.push_back({card, entry.seq, hash(entry.seq)});
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

// Goal: the feed keeps its promises under any mixture of writes, deliveries and restarts. Method:
// random histories beside a model (newest change of each card; what the receiver holds).
TEST(IssuerFeedProperty, AReceiverEndsWithTheNewestEntryOfEachCard) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  for (int round = 0; round < 50; ++round) {
    IssuerFeed feed{kIssuer};
    std::map<CardRef, std::pair<std::uint64_t, FeedOp>> newest;
    std::map<CardRef, std::uint64_t> receiver;
    std::uint64_t last_sent = 0;
    const auto deliver = [&](std::size_t entries_max) {
      std::vector<DeliveredEntry> delivered;
      for (const auto& [card, entry] : feed.next(entries_max).entries) {
        EXPECT_GT(entry.seq, last_sent);
        last_sent = entry.seq;
        EXPECT_EQ(newest[card].first, entry.seq) << "superseded entries are not sent";
        delivered.push_back({card, entry.seq, {}});
        if (entry.op == FeedOp::kDelt) {
          receiver.erase(card);
        } else {
          receiver[card] = entry.seq;
          delivered.back().hash = hash(entry.seq);
        }
      }
      if (!delivered.empty()) feed.advance(last_sent, delivered);
    };
    for (std::uint64_t seq = 1; seq <= 300; ++seq) {
      const std::uint64_t sequence = random() % 20;
      const auto op = random() % 4 == 0 ? FeedOp::kDelt : FeedOp::kUpdt;
      const auto written = op == FeedOp::kDelt ? bare_removal(sequence) : change(sequence, op);
      ASSERT_TRUE(feed.apply(0, seq, kAt, written));
      newest[card(sequence)] = {seq, op};
      if (random() % 5 == 0) deliver(1 + random() % 8);
    }
    deliver(1000);

    crypto::FeedDigest digest;
    for (const auto& [card, seq] : receiver) digest.add(hash(seq));
    std::erase_if(newest, [](const auto& item) { return item.second.second == FeedOp::kDelt; });
    ASSERT_EQ(receiver.size(), newest.size());
    for (const auto& [card, seq] : receiver) EXPECT_EQ(newest[card].first, seq);
    const auto figures = feed.figures();
    ASSERT_TRUE(figures.digest);
    EXPECT_EQ(figures.digest->sum, digest.hex());
    EXPECT_EQ(figures.digest->count, receiver.size());
    EXPECT_EQ(figures.entries, receiver.size());
    EXPECT_EQ(figures.pending, 0U);
  }
}

}  // namespace
}  // namespace cw::notifier
