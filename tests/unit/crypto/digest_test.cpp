#include "lib/crypto/feed_digest.hpp"
#include "lib/crypto/random.hpp"
#include "lib/crypto/sha256.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace cw::crypto {
namespace {

Sha256Digest filled(std::uint8_t byte) {
  Sha256Digest digest{};
  digest.fill(byte);
  return digest;
}

Sha256Digest one() {
  Sha256Digest digest{};
  digest.back() = 1;
  return digest;
}

TEST(Sha256, GivesTheKnownAnswers) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  EXPECT_EQ(pieces.finish(), sha256("abc"));
}

TEST(FeedDigest, OfNothingIsZero) {
  EXPECT_EQ(FeedDigest{}.hex(), std::string(64, '0'));
  EXPECT_EQ(FeedDigest{}.count(), 0);
}

TEST(FeedDigest, IsTheHashOfASingleEntry) {
  FeedDigest digest;
  digest.add_entry("abc");
  EXPECT_EQ(digest.hex(), sha256_hex("abc"));
  EXPECT_EQ(digest.count(), 1);
}

TEST(FeedDigest, WrapsAroundAtTwoToThe256) {
  FeedDigest digest;
  digest.add(filled(0xff));
  digest.add(one());
  EXPECT_EQ(digest.hex(), std::string(64, '0'));
  EXPECT_EQ(digest.count(), 2);

  digest.remove(one());
  EXPECT_EQ(digest.hex(), std::string(64, 'f')) << "the borrow goes through every limb";
}

TEST(FeedDigest, CarriesFromLimbToLimb) {
  Sha256Digest low_half{};
  std::fill(low_half.begin() + 16, low_half.end(), std::uint8_t{0xff});
  FeedDigest digest;
  digest.add(low_half);
  digest.add(one());
  EXPECT_EQ(digest.hex(), std::string(31, '0') + "1" + std::string(32, '0'));
}

TEST(FeedDigest, OfTwoPartsIsTheDigestOfTheWhole) {
  FeedDigest left;
  FeedDigest right;
  FeedDigest whole;
  for (const auto* entry : {"a", "b", "c", "d", "e"}) {
    (whole.count() % 2 == 0 ? left : right).add_entry(entry);
    whole.add_entry(entry);
  }
  left.add_all(right);
  EXPECT_EQ(left, whole);
}

TEST(FeedDigest, DoesNotDependOnOrderAndForgetsWhatWasReplaced) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  std::vector<std::string> entries;
  for (int i = 0; i < 500; ++i) entries.push_back("entry " + std::to_string(i));
  FeedDigest expected;
  for (const auto& entry : entries) expected.add_entry(entry);

  for (int round = 0; round < 20; ++round) {
    std::shuffle(entries.begin(), entries.end(), random);
    FeedDigest digest;
    for (const auto& entry : entries) {
      digest.add_entry("older state of " + entry);
      digest.remove_entry("older state of " + entry);
      digest.add_entry(entry);
    }
    EXPECT_EQ(digest, expected);
  }
}

TEST(FeedDigest, TellsSetsApart) {
  FeedDigest left;
  FeedDigest right;
  left.add_entry("a");
  right.add_entry("b");
  EXPECT_NE(left, right);
}

TEST(FeedDigest, IsReadBackFromCountAndHex) {
  FeedDigest digest;
  digest.add_entry("a");
  digest.add_entry("b");
  const auto again = FeedDigest::parse(digest.count(), digest.hex());
  ASSERT_TRUE(again);
  EXPECT_EQ(again.value(), digest);
  EXPECT_EQ(FeedDigest::parse(1, "00").error().code, Errc::kBadRequest);
}

TEST(CardPosition, IsTheFirstEightBytesOfTheHash) {
  const Pan pan = Pan::parse("4000000000000002").value();
  const std::string hash = sha256_hex("4000000000000002");
  const std::uint64_t position = card_position(pan);
  EXPECT_EQ(position_hex(position), hash.substr(0, 16));
  EXPECT_EQ(position_from(hash.substr(0, 16)), position);
  EXPECT_EQ(bucket_hex(bucket_of(position)), hash.substr(0, 2));
}

TEST(CardPosition, IsReadFromLowerCaseHexOfTheRightLengthOnly) {
  EXPECT_EQ(position_from("00000000000000ff"), 255U);
  EXPECT_FALSE(position_from("00000000000000FF"));
  EXPECT_FALSE(position_from("ff"));
  EXPECT_EQ(bucket_from("ff"), Bucket{255});
  EXPECT_FALSE(bucket_from("FF"));
  EXPECT_FALSE(bucket_from("f"));
  EXPECT_FALSE(bucket_from("gg"));
}

TEST(BucketDigests, AddUpToTheDigestOfTheWhole) {
  BucketDigests buckets;
  FeedDigest whole;
  for (int i = 0; i < 1000; ++i) {
    const Sha256Digest hash = sha256("entry " + std::to_string(i));
    buckets.add(hash[0], hash);
    whole.add(hash);
  }
  EXPECT_EQ(buckets.total(), whole);
  const Sha256Digest gone = sha256("entry 7");
  buckets.remove(gone[0], gone);
  whole.remove(gone);
  EXPECT_EQ(buckets.total(), whole);
}

}  // namespace
}  // namespace cw::crypto
