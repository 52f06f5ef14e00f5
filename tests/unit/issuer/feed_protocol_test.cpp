// The batches beside the plain ones, from the wire to the disk and back.
#include "issuer/inbox.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "support/temp_dir.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63U;
constexpr codec::PositionRange kLower{0, kHalf - 1};
constexpr codec::PositionRange kUpper{kHalf, kAllPositions.through};

class FeedProtocolTest : public testing::Test {
 protected:
  FeedProtocolTest() { reopen(); }

  void reopen(milliseconds apply_delay = milliseconds{0}) {
    inbox_.reset();
    auto opened = Inbox::open(IssuerId{"card-a"},
                              sender_.receiver_keys(),
                              {.journal = {.path = path_, .bytes_max = 1U << 24U},
                               .tolerance = minutes{5},
                               .apply_delay = apply_delay});
    ASSERT_TRUE(opened) << opened.error().detail;
    inbox_ = std::move(opened).value();
  }
  Result<Receipt> push(const codec::FeedBatchHead& head,
                       const std::vector<FeedSender::Entry>& entries,
                       Instant at = FeedSender::clock()) {
    return inbox_->accept(sender_.push(head, entries).push(), at);
  }
  /// Entries of the cards 1 to `last` that lie in `range`; the seq is the card's number.
  static std::vector<FeedSender::Entry> cards(std::uint64_t last, codec::PositionRange range) {
    std::vector<FeedSender::Entry> found;
    for (std::uint64_t card = 1; card <= last; ++card) {
      if (range.holds(crypto::card_position(card_number(card)))) {
        found.push_back({.seq = card, .card = card});
      }
    }
    return found;
  }
  [[nodiscard]] codec::DigestSums digest_of(const std::vector<FeedSender::Entry>& entries,
                                            std::uint64_t through) const {
    CardBook book;
    book.apply(sender_.batch(plain_head(0, through), entries));
    return codec::digest_sums(through, book.digests());
  }

  FeedSender sender_;
  test::TempDir dir_;
  std::string path_ = (dir_ / "card-a.journal").string();
  std::unique_ptr<Inbox> inbox_;
};

TEST_F(FeedProtocolTest, VerificationIsAnsweredWithItsStateWhateverIsHeld) {
  for (const std::uint64_t cursor : {std::uint64_t{0}, std::uint64_t{77}}) {
    const auto receipt = push(verification_head("hello", cursor, 3), {});
    ASSERT_TRUE(receipt) << receipt.error().detail;
    EXPECT_EQ(receipt.value().answer.verification, "hello");
    EXPECT_EQ(receipt.value().answer.accepted_through, 0U);
    EXPECT_FALSE(receipt.value().answer.differing_buckets);
  }
  EXPECT_EQ(inbox_->figures().verifications, 2U);
  EXPECT_EQ(inbox_->figures().epoch, 0U) << "it changes nothing";
  EXPECT_EQ(inbox_->figures().journal_bytes, 8U) << "nor is it stored";
}

TEST_F(FeedProtocolTest, VerificationIsProvedLikeEveryBatch) {
  auto forged = sender_.push(verification_head("hello", 0), {});
  forged.signature = "v1,AAAA";
  EXPECT_EQ(inbox_->accept(forged.push(), FeedSender::clock()).error().code,
            Errc::kSignatureInvalid);
  const auto late = push(verification_head("hello", 0), {}, FeedSender::clock() + minutes{6});
  EXPECT_EQ(late.error().code, Errc::kTimestampSkew);
}

TEST_F(FeedProtocolTest, NoticeIsCounted) {
  auto head = verification_head("v", 0);
  head.notice = codec::FeedNotice{
      .state = codec::FeedStatus::kPaused, .reason = "keys", .at = FeedSender::clock()};
  ASSERT_TRUE(push(head, {}));
  EXPECT_EQ(inbox_->figures().notices, 1U);
}

TEST_F(FeedProtocolTest, DigestIsAnsweredWithTheBucketsThatDiffer) {
  ASSERT_TRUE(push(plain_head(0, 5), cards(5, kAllPositions)));
  auto head = verification_head("d1", 5);
  head.digest = digest_of(cards(5, kAllPositions), 5);
  const auto equal = push(head, {});
  ASSERT_TRUE(equal) << equal.error().detail;
  EXPECT_EQ(equal.value().answer.differing_buckets, std::vector<crypto::Bucket>{});
  EXPECT_EQ(inbox_->figures().differing_buckets, 0U);

  head = verification_head("d2", 5);
  head.digest = digest_of(cards(4, kAllPositions), 5);
  const auto bucket = crypto::bucket_of(crypto::card_position(card_number(5)));
  EXPECT_EQ(push(head, {}).value().answer.differing_buckets, std::vector<crypto::Bucket>{bucket});
  EXPECT_EQ(inbox_->figures().differing_buckets, 1U);

  head = verification_head("d3", 6);
  head.digest = digest_of(cards(5, kAllPositions), 6);
  EXPECT_FALSE(push(head, {}).value().answer.differing_buckets) << "of another seq";
  head = verification_head("d4", 5, 2);
  head.digest = digest_of(cards(5, kAllPositions), 5);
  EXPECT_FALSE(push(head, {}).value().answer.differing_buckets) << "of another epoch";
}

TEST_F(FeedProtocolTest, RepairIsStoredAndThereAfterARestart) {
  ASSERT_TRUE(push(plain_head(0, 9), cards(9, kAllPositions)));
  const auto receipt = push(repair_head(kLower, 9), {});
  ASSERT_TRUE(receipt) << receipt.error().detail;
  EXPECT_EQ(receipt.value().answer.accepted_through, 9U);
  const auto digest = inbox_->figures().digest;
  const auto upper = cards(9, kUpper).size();
  EXPECT_EQ(inbox_->figures().entries, upper);
  EXPECT_EQ(inbox_->figures().repairs, 1U);
  EXPECT_EQ(inbox_->figures().repaired, 9 - upper);

  reopen();

  EXPECT_EQ(inbox_->figures().entries, upper);
  EXPECT_EQ(inbox_->figures().digest, digest);
}

TEST_F(FeedProtocolTest, RepairFromBeyondIsRefused) {
  ASSERT_TRUE(push(plain_head(0, 9), cards(9, kAllPositions)));
  const auto refused = push(repair_head(kLower, 10), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_NE(refused.error().detail.find("state at 10"), std::string::npos);
  EXPECT_EQ(inbox_->figures().gaps, 1U);
  EXPECT_EQ(inbox_->figures().entries, 9U);
}

// Goal: a crash between two parts of a snapshot loses nothing and brings nothing back, whether the
// snapshot then goes on, begins anew, or entries follow instead.
TEST_F(FeedProtocolTest, CrashBetweenPartsOfASnapshotIsContinuedInAnyWay) {
  ASSERT_TRUE(push(plain_head(0, 3), cards(3, kAllPositions)));
  ASSERT_TRUE(push(snapshot_head(kLower, 20), cards(12, kLower)));
  reopen();
  EXPECT_EQ(inbox_->figures().through, 3U);

  ASSERT_TRUE(push(snapshot_head(kUpper, 20), cards(12, kUpper)));
  EXPECT_EQ(inbox_->figures().through, 20U);
  EXPECT_EQ(inbox_->figures().entries, 12U);
  EXPECT_EQ(inbox_->figures().snapshots, 1U);
  EXPECT_EQ(inbox_->figures().digest, digest_of(cards(12, kAllPositions), 20).sum);

  auto first = snapshot_head(kLower, 30);
  first.batch = "second-lower";
  ASSERT_TRUE(push(first, cards(14, kLower)));
  reopen();
  auto whole = snapshot_head(kAllPositions, 30);
  whole.batch = "third";
  ASSERT_TRUE(push(whole, cards(14, kAllPositions)));
  EXPECT_EQ(inbox_->figures().digest, digest_of(cards(14, kAllPositions), 30).sum);

  first.batch = "fourth-lower";
  first.through = 40;
  ASSERT_TRUE(push(first, cards(14, kLower)));
  reopen();
  ASSERT_TRUE(push(plain_head(30, 41), {{.seq = 41, .card = 41}}));
  EXPECT_EQ(inbox_->figures().entries, 15U);
  EXPECT_EQ(inbox_->figures().through, 41U);
}

TEST_F(FeedProtocolTest, PartOfAnInterruptedSnapshotThatIsSentAgainIsKnown) {
  const auto part = sender_.push(snapshot_head(kLower, 20), cards(12, kLower));
  ASSERT_TRUE(inbox_->accept(part.push(), FeedSender::clock()));
  reopen();
  const auto again = inbox_->accept(part.push(), FeedSender::clock());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again.value().duplicate);
  EXPECT_TRUE(push(snapshot_head(kUpper, 20), cards(12, kUpper)));
}

TEST_F(FeedProtocolTest, NewEpochByASnapshotDropsTheOldOneAtItsBeginning) {
  ASSERT_TRUE(push(plain_head(0, 9), cards(9, kAllPositions)));
  const auto part = push(snapshot_head(kLower, 5, 2), {});
  ASSERT_TRUE(part) << part.error().detail;
  EXPECT_EQ(part.value().answer.accepted_through, 0U);
  EXPECT_EQ(part.value().answer.applied_through, 0U);
  ASSERT_TRUE(push(snapshot_head(kUpper, 5, 2), {}));
  EXPECT_EQ(inbox_->figures().epoch, 2U);
  EXPECT_EQ(inbox_->figures().through, 5U);
  EXPECT_EQ(push(plain_head(9, 10, 1), {}).error().code, Errc::kConflict);
}

TEST_F(FeedProtocolTest, AppliedFollowsAcceptedAlsoOverARestart) {
  reopen(minutes{10});
  const Instant start = FeedSender::clock();
  const auto receipt = push(plain_head(0, 9), cards(9, kAllPositions), start);
  EXPECT_EQ(receipt.value().answer.accepted_through, 9U);
  EXPECT_EQ(receipt.value().answer.applied_through, 0U);
  reopen(minutes{10});
  EXPECT_EQ(inbox_->acknowledgement(start + minutes{9}).applied_through, 0U);
  EXPECT_EQ(inbox_->next_acknowledgement(), start + minutes{10});
  EXPECT_EQ(inbox_->acknowledgement(start + minutes{10}).applied_through, 9U);
}

TEST_F(FeedProtocolTest, AnswersAboutCardsComeWithTheAnswerAndItsRetry) {
  inbox_->behaviour().set(
      decode_behaviour(R"({"mode":"normal","answers":{"CLOSED":1000}})").value());
  const auto batch = sender_.push(plain_head(0, 2), cards(2, kAllPositions));
  const auto first = inbox_->accept(batch.push(), FeedSender::clock());
  ASSERT_TRUE(first);
  ASSERT_EQ(first.value().answer.cards.size(), 2U);
  EXPECT_EQ(first.value().answer.cards[0].seq, 1U);
  EXPECT_EQ(first.value().answer.cards[0].status, CardStatus::kClosed);
  const auto again = inbox_->accept(batch.push(), FeedSender::clock());
  EXPECT_EQ(again.value().answer.cards, first.value().answer.cards);
  EXPECT_EQ(inbox_->figures().answers, 2U);
}

TEST_F(FeedProtocolTest, EntriesUnderAnotherIdAreCountedAsRepeated) {
  ASSERT_TRUE(push(plain_head(0, 2), cards(2, kAllPositions)));
  auto other = plain_head(0, 2);
  other.batch = "other";
  const auto receipt = push(other, cards(2, kAllPositions));
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(receipt.value().duplicate);
  EXPECT_EQ(inbox_->figures().repeated_entries, 2U);
  EXPECT_EQ(inbox_->figures().older_entries, 0U);
  EXPECT_EQ(inbox_->figures().duplicates, 0U);
  EXPECT_EQ(inbox_->figures().old, 1U);
}

}  // namespace
}  // namespace cw::issuer
