#include "lib/codec/feed_batch.hpp"

#include "lib/codec/json_value.hpp"
#include "support/test_pan.hpp"

#include <gtest/gtest.h>

namespace cw::codec {
namespace {

Pan pan(std::uint64_t sequence) {
  return Pan::parse(cw::test::test_pan(sequence)).value();
}

WatchChange change(FeedOp op) {
  WatchChange result{op, {}};
  result.entry.issuer = IssuerId{"jcb-a"};
  result.entry.level = WatchLevel::kIdentified;
  result.entry.expiry = Expiry{2010, 3};
  result.entry.watch_from = parse_day("2009-07-24").value();
  const Day day = parse_day("2009-09-11").value();
  result.entry.reasons.push_back({IncidentId{"alico-2009"},
                                  FileName{"extract-1"},
                                  WatchLevel::kIdentified,
                                  3,
                                  day,
                                  parse_day("2008-03-10").value(),
                                  parse_day("2008-04-10").value()});
  return result;
}

FeedBatchHead head(std::uint64_t after, std::uint64_t through) {
  return {IssuerId{"jcb-a"}, 1, "b-000041", after, through, true};
}

TEST(FeedBatch, EntriesAreCanonicalAndStandByteForByteInTheBatch) {
  const Sensitive entry = canonical_entry(12, pan(1), change(FeedOp::kUpdt));
  const Sensitive removal = canonical_entry(13, pan(2), change(FeedOp::kDelt));
  const Sensitive text = feed_batch(head(11, 20), {entry, removal});
  EXPECT_NE(text.reveal().find(entry.reveal()), std::string_view::npos);

  const auto document = JsonDocument::parse(text.reveal());
  ASSERT_TRUE(document);
  EXPECT_EQ(document.value().root().canonical(), text.reveal()) << "keys are sorted";
  EXPECT_EQ(document.value().root()["entries"][1]["level"].is_null(), true);
}

TEST(FeedBatch, TheReceiverSeesWhatWasSentAndTheSameBytesToHash) {
  const Sensitive entry = canonical_entry(12, pan(1), change(FeedOp::kAddd));
  const Sensitive removal = canonical_entry(13, pan(2), change(FeedOp::kDelt));
  auto decoded = decode_feed_batch(feed_batch(head(11, 20), {entry, removal}).reveal());
  ASSERT_TRUE(decoded) << decoded.error().detail;
  const FeedBatch& batch = decoded.value();
  EXPECT_EQ(batch.head.issuer, IssuerId{"jcb-a"});
  EXPECT_EQ(batch.head.through, 20U);
  EXPECT_TRUE(batch.head.more);
  ASSERT_EQ(batch.entries.size(), 2U);
  EXPECT_EQ(batch.entries[0].seq, 12U);
  EXPECT_EQ(batch.entries[0].pan.reveal(), pan(1).reveal());
  EXPECT_EQ(batch.entries[0].level, WatchLevel::kIdentified);
  EXPECT_EQ(batch.entries[0].reasons, change(FeedOp::kAddd).entry.reasons);
  EXPECT_EQ(batch.entries[0].canonical.reveal(), entry.reveal());
  EXPECT_EQ(batch.entries[1].op, FeedOp::kDelt);
  EXPECT_FALSE(batch.entries[1].level);
  EXPECT_EQ(batch.entries[1].canonical.reveal(), removal.reveal());
}

TEST(FeedBatch, MembersUnknownToTheReceiverCountInTheBytesToHash) {
  std::string entry(canonical_entry(12, pan(1), change(FeedOp::kAddd)).reveal());
  entry.replace(0, 1, R"({"a_later_member":1,)");
  auto decoded = decode_feed_batch(feed_batch(head(11, 20), {Sensitive(entry)}).reveal());
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(decoded.value().entries[0].canonical.reveal(), entry);
}

TEST(FeedBatch, SequenceNumbersMustRiseInsideTheWindow) {
  const auto decode_with = [](std::uint64_t first, std::uint64_t second) {
    const auto a = canonical_entry(first, pan(1), change(FeedOp::kAddd));
    const auto b = canonical_entry(second, pan(2), change(FeedOp::kAddd));
    auto decoded = decode_feed_batch(feed_batch(head(11, 20), {a, b}).reveal());
    return decoded ? std::string("accepted") : decoded.error().detail;
  };
  EXPECT_EQ(decode_with(12, 20), "accepted");
  EXPECT_NE(decode_with(11, 12).find("/entries/0/seq"), std::string::npos);
  EXPECT_NE(decode_with(13, 13).find("/entries/1/seq"), std::string::npos);
  EXPECT_NE(decode_with(12, 21).find("/entries/1/seq"), std::string::npos);
}

TEST(FeedBatch, ABadCardNumberIsRefusedWithoutShowingIt) {
  std::string entry(canonical_entry(12, pan(1), change(FeedOp::kAddd)).reveal());
  const std::string bad = cw::test::with_bad_luhn(pan(1).reveal());
  entry.replace(entry.find(pan(1).reveal()), bad.size(), bad);
  const auto decoded = decode_feed_batch(feed_batch(head(11, 20), {Sensitive(entry)}).reveal());
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().detail.find("/entries/0/pan"), std::string::npos);
  EXPECT_EQ(decoded.error().detail.find(bad), std::string::npos);
}

TEST(FeedBatch, TheCountMustFit) {
  const std::string text =
      R"({"feed":"cardwatch.watchlist.v1","issuer":"i","epoch":1,"batch":"b","after":0,)"
      R"("through":5,"count":1,"more":false,"entries":[]})";
  EXPECT_EQ(decode_feed_batch(text).error().code, Errc::kSchemaViolation);
}

std::string refusal(const FeedBatchHead& head, const std::vector<Sensitive>& entries = {}) {
  const auto decoded = decode_feed_batch(feed_batch(head, entries).reveal());
  return decoded ? std::string("accepted") : decoded.error().detail;
}

PositionRange bucket_range(crypto::Bucket bucket) {
  const std::uint64_t from = std::uint64_t{bucket} << 56U;
  return {from, from | ((std::uint64_t{1} << 56U) - 1)};
}

TEST(FeedBatch, AVerificationCarriesStateNoticeAndDigestInCanonicalForm) {
  crypto::BucketDigests digests;
  digests.add(0x0a, crypto::sha256("one"));
  digests.add(0xff, crypto::sha256("two"));
  FeedBatchHead sent = head(20, 20);
  sent.verification = "probe \"7\"";
  sent.notice = FeedNotice{FeedStatus::kPaused, "maintenance", Instant{}};
  sent.digest = digest_sums(20, digests);
  const Sensitive text = feed_batch(sent, {});

  const auto document = JsonDocument::parse(text.reveal());
  ASSERT_TRUE(document);
  EXPECT_EQ(document.value().root().canonical(), text.reveal());
  const auto decoded = decode_feed_batch(text.reveal());
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(decoded.value().head.verification, sent.verification);
  EXPECT_EQ(decoded.value().head.notice, sent.notice);
  EXPECT_EQ(decoded.value().head.digest, sent.digest);
}

TEST(FeedBatch, AVerificationHasNoEntriesAndMovesNothing) {
  FeedBatchHead sent = head(11, 20);
  sent.verification = "x";
  EXPECT_NE(refusal(sent).find("/through"), std::string::npos);
  sent.after = 20;
  EXPECT_EQ(refusal(sent), "accepted");
  sent.replaces = bucket_range(1);
  EXPECT_NE(refusal(sent).find("/replaces"), std::string::npos);
}

TEST(FeedBatch, OnlyAVerificationCarriesANoticeOrADigest) {
  FeedBatchHead sent = head(11, 20);
  sent.notice = FeedNotice{};
  EXPECT_NE(refusal(sent).find("/notice"), std::string::npos);
  sent.notice.reset();
  sent.digest = digest_sums(20, {});
  EXPECT_NE(refusal(sent).find("/digest"), std::string::npos);
}

TEST(FeedBatch, AReplacingBatchHoldsOnlyCurrentCardsOfItsRange) {
  const Pan card = pan(1);
  const crypto::Bucket own = crypto::bucket_of(crypto::card_position(card));
  FeedBatchHead sent = head(0, 20);
  sent.replaces = bucket_range(own);
  EXPECT_EQ(refusal(sent, {canonical_entry(12, card, change(FeedOp::kAddd))}), "accepted");
  EXPECT_NE(refusal(sent, {canonical_entry(12, card, change(FeedOp::kDelt))}).find("DELT"),
            std::string::npos);
  sent.replaces = bucket_range(static_cast<crypto::Bucket>(own + 1));
  EXPECT_NE(refusal(sent, {canonical_entry(12, card, change(FeedOp::kAddd))}).find("range"),
            std::string::npos);
}

TEST(FeedBatch, ARangeIsReadBackAndMustNotBeBackwards) {
  FeedBatchHead sent = head(0, 20);
  sent.snapshot = true;
  EXPECT_NE(refusal(sent).find("/snapshot"), std::string::npos);
  sent.replaces = PositionRange{1, 0xfedcba9876543210};
  const auto decoded = decode_feed_batch(feed_batch(sent, {}).reveal());
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(decoded.value().head.replaces, sent.replaces);
  EXPECT_TRUE(decoded.value().head.snapshot);
  sent.replaces = PositionRange{2, 1};
  EXPECT_NE(refusal(sent).find("/replaces/through"), std::string::npos);
}

TEST(DigestSums, DifferWhereCountOrSumDiffersOrABucketIsMissing) {
  crypto::BucketDigests left;
  crypto::BucketDigests right;
  for (const crypto::Bucket bucket : std::vector<crypto::Bucket>{1, 2, 3}) {
    left.add(bucket, crypto::sha256("same"));
    right.add(bucket, crypto::sha256("same"));
  }
  EXPECT_TRUE(differing(digest_sums(9, left), digest_sums(9, right)).empty());
  left.add(0, crypto::sha256("only here"));
  right.add(255, crypto::sha256("only there"));
  right.remove(2, crypto::sha256("same"));
  right.add(2, crypto::sha256("other"));
  EXPECT_EQ(differing(digest_sums(9, left), digest_sums(9, right)),
            (std::vector<crypto::Bucket>{0, 2, 255}));
}

TEST(DigestSums, OfADocumentWithTheSameBucketTwiceAreRefused) {
  const std::string sum(64, '0');
  const std::string bucket = R"("0a":{"count":1,"sum":")" + sum + R"("})";
  const std::string text = R"({"feed":"cardwatch.watchlist.v1","issuer":"i","epoch":1,)"
                           R"("through":1,"count":1,"sum":")" +
                           sum + R"(","buckets":{)" + bucket + "," + bucket + "}}";
  EXPECT_EQ(decode_feed_digest(text).error().code, Errc::kSchemaViolation);
}

}  // namespace
}  // namespace cw::codec
