#include "notifier/batch_builder.hpp"

#include "feed_samples.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwe.hpp"
#include "support/test_pan.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using namespace test;

class BatchBuilderTest : public testing::Test {
 protected:
  BatchBuilderTest() { ring.add(keys().data.id(), keys().wrapped); }

  void write(std::int64_t offset, const WatchChange& change) {
    const auto written = test::write(store, offset, change);
    ASSERT_TRUE(written) << written.error().detail;
    feed = written.value();
  }
  Result<BuiltBatch> build(std::uint64_t after = 0,
                           std::size_t bytes_max = 1U << 20U,
                           std::size_t entries_max = 500) {
    return builder.build({.issuer = kIssuer, .epoch = 1, .after = after, .bytes_max = bytes_max},
                         feed->next(entries_max),
                         keys().issuer.public_key());
  }
  /// As the issuer reads it.
  static codec::FeedBatch open(const BuiltBatch& batch) {
    const auto message = crypto::jwe_decrypt(keys().issuer, batch.body);
    EXPECT_TRUE(message);
    auto decoded = codec::decode_feed_batch(message.value().plaintext.reveal());
    EXPECT_TRUE(decoded) << decoded.error().detail;
    return std::move(decoded).value();
  }

  KeyRing ring = keys().ring();
  BatchBuilder builder{ring};
  FeedStore store;
  std::shared_ptr<IssuerFeed> feed;
};

TEST_F(BatchBuilderTest, TheIssuerReadsItsCardsInTheOrderOfSeq) {
  write(0, change(1));
  write(1, change(2, FeedOp::kUpdt, WatchLevel::kIdentified));
  write(4, change(3, FeedOp::kDelt));
  const auto built = build();
  ASSERT_TRUE(built) << built.error().detail;
  const auto batch = open(built.value());

  EXPECT_EQ(batch.head.issuer, kIssuer);
  EXPECT_EQ(batch.head.batch, built.value().id);
  EXPECT_EQ(batch.head.after, 0U);
  EXPECT_EQ(batch.head.through, 5U);
  EXPECT_FALSE(batch.head.more);
  ASSERT_EQ(batch.entries.size(), 3U);
  EXPECT_EQ(batch.entries[0].pan.reveal(), cw::test::test_pan(1));
  EXPECT_EQ(batch.entries[1].level, WatchLevel::kIdentified);
  EXPECT_EQ(batch.entries[2].op, FeedOp::kDelt);
  EXPECT_EQ(batch.entries[2].pan.reveal(), cw::test::test_pan(3));
}

TEST_F(BatchBuilderTest, TheDigestOfTheReceiverIsOurs) {
  for (std::int64_t i = 0; i < 20; ++i) write(i, change(static_cast<std::uint64_t>(i)));
  write(20, change(3, FeedOp::kDelt));
  const auto built = build().value();
  crypto::FeedDigest theirs;
  for (const auto& entry : open(built).entries) {
    if (entry.op != FeedOp::kDelt) theirs.add_entry(entry.canonical.reveal());
  }
  feed->advance(built.through, built.entries);

  EXPECT_EQ(feed->figures().digest->sum, theirs.hex());
  EXPECT_EQ(feed->figures().digest->count, 19U);
}

TEST_F(BatchBuilderTest, ARestartedProcessMakesTheSameDigest) {
  for (std::int64_t i = 0; i < 20; ++i) write(i, change(static_cast<std::uint64_t>(i)));
  const auto built = build().value();
  feed->advance(built.through, built.entries);
  IssuerFeed again{kIssuer};
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(again.apply(0, i + 1, Instant{}, change(i)));
  }
  ASSERT_TRUE(again.begin(20));
  again.add_hashes(builder.hash(kIssuer, again.unhashed(100)).value());

  EXPECT_EQ(again.figures().digest->sum, feed->figures().digest->sum);
}

TEST_F(BatchBuilderTest, TheIdDependsOnTheContentOnly) {
  write(0, change(1));
  write(1, change(2));
  const auto first = build().value();
  const auto again = build().value();
  EXPECT_EQ(first.id, again.id);
  EXPECT_NE(first.body, again.body) << "each encryption has a key of its own";
  EXPECT_EQ(first.id.find('.'), std::string::npos) << "it is signed as id.timestamp.body";

  EXPECT_NE(build(0, 1U << 20U, 1).value().id, first.id) << "fewer entries";
  write(2, change(1, FeedOp::kUpdt));
  EXPECT_NE(build().value().id, first.id) << "another entry";
}

TEST_F(BatchBuilderTest, TheIdDependsOnIssuerEpochAndAfter) {
  write(5, change(1));
  const auto window = feed->next(1);
  const auto id = [&](const BatchTarget& target) {
    return builder.build(target, window, keys().issuer.public_key()).value().id;
  };
  const auto base = id({.issuer = kIssuer, .epoch = 1, .after = 0});

  EXPECT_NE(id({.issuer = IssuerId{"visa-b"}, .epoch = 1, .after = 0}), base);
  EXPECT_NE(id({.issuer = kIssuer, .epoch = 2, .after = 0}), base);
  EXPECT_NE(id({.issuer = kIssuer, .epoch = 1, .after = 1}), base);
}

TEST_F(BatchBuilderTest, TheByteLimitCutsTheBatchAndSaysThatThereIsMore) {
  for (std::int64_t i = 0; i < 10; ++i) write(i, change(static_cast<std::uint64_t>(i)));
  const auto cut = build(0, 1000).value();
  EXPECT_GE(cut.entries.size(), 1U);
  EXPECT_LT(cut.entries.size(), 5U);
  EXPECT_EQ(cut.through, cut.entries.back().seq);
  EXPECT_TRUE(open(cut).head.more);

  EXPECT_EQ(build(0, 1).value().entries.size(), 1U) << "one entry always goes";
}

TEST_F(BatchBuilderTest, AMissingDataKeyIsWaitedForAfterWhatCanGoIsSent) {
  auto unknown = change(2);
  unknown.entry.file_key = "fk-later";
  write(0, change(1));
  write(1, unknown);
  write(2, change(3));
  const auto first = build().value();
  EXPECT_EQ(first.entries.size(), 1U);
  EXPECT_EQ(first.through, 1U);
  EXPECT_TRUE(open(first).head.more);
  feed->advance(first.through, first.entries);

  EXPECT_EQ(build(1).error().code, Errc::kNotFound);
}

TEST_F(BatchBuilderTest, ADataKeyThatDoesNotOpenIsAnError) {
  ring.add("fk-damaged", "rubbish");
  auto entry = change(1);
  entry.entry.file_key = "fk-damaged";
  write(0, entry);

  EXPECT_EQ(build().error().code, Errc::kDecryptFailed);
}

TEST_F(BatchBuilderTest, AnEntryThatCannotBeOpenedOrNamedIsLeftOutAndListed) {
  auto damaged = change(1);
  damaged.entry.sealed_pan.back() = static_cast<char>(damaged.entry.sealed_pan.back() ^ 1);
  write(0, damaged);
  write(1, change(2));
  write(2, bare_removal(3));
  const auto built = build().value();

  ASSERT_EQ(built.entries.size(), 1U);
  EXPECT_EQ(built.through, 3U);
  ASSERT_EQ(built.unsendable.size(), 2U);
  EXPECT_EQ(built.unsendable[0].seq, 1U);
  EXPECT_EQ(built.unsendable[0].error.code, Errc::kDecryptFailed);
  EXPECT_EQ(built.unsendable[1].seq, 3U);
  EXPECT_EQ(built.unsendable[1].error.code, Errc::kFieldMissing);
}

TEST_F(BatchBuilderTest, WithNothingToSendThereIsNoBody) {
  write(0, bare_removal(3));
  const auto built = build().value();

  EXPECT_TRUE(built.body.empty());
  EXPECT_TRUE(built.entries.empty());
  EXPECT_EQ(built.through, 1U);
}

}  // namespace
}  // namespace cw::notifier
