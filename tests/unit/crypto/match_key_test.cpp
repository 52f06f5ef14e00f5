#include "lib/crypto/match_key.hpp"

#include "lib/base/hex.hpp"
#include "lib/crypto/random.hpp"
#include "support/temp_dir.hpp"
#include "unit/crypto/cards.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace cw::crypto {
namespace {

constexpr std::string_view kKnownKey =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

MatchKey key_of(std::string_view hex) {
  return MatchKey::from_hex(Sensitive{hex}).value();
}

// The expected values were computed with Python's hmac module.
TEST(MatchKey, ReferenceIsTheTruncatedHmac) {
  const MatchKey key = key_of(kKnownKey);
  EXPECT_EQ(key.reference(Pan::parse("4000000000000002").value()).hex(),
            "7e38510516e8e096a707dbcfd557c92e");
  EXPECT_EQ(key.reference(Pan::parse("5555555555554444").value()).hex(),
            "5ccbb1e4ae29e0c408987d77c9ced6f1");
}

TEST(MatchKey, SpellingOfTheNumberDoesNotMatter) {
  const MatchKey key = key_of(kKnownKey);
  EXPECT_EQ(key.reference(Pan::parse("4000 0000-0000 0002").value()),
            key.reference(Pan::parse("4000000000000002").value()));
}

TEST(MatchKey, IdFollowsTheKey) {
  EXPECT_EQ(key_of(kKnownKey).id(), key_of(kKnownKey).id());
  EXPECT_NE(key_of(kKnownKey).id(), key_of(random_hex(32)).id());
  EXPECT_EQ(key_of(kKnownKey).id(), "mk-9dff4fab");
}

TEST(MatchKey, RefusesWhatIsNotThirtyTwoBytesOfHex) {
  for (const std::string& bad :
       {std::string(), std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'g')}) {
    const auto key = MatchKey::from_hex(Sensitive{bad});
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, Errc::kKeyInvalid);
  }
}

TEST(MatchKey, LoadsFromAFileWithALineEnd) {
  const test::TempDir dir;
  const std::string path = dir.write("key", std::string(kKnownKey) + "\n");
  const auto key = MatchKey::load(path);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key.value().id(), key_of(kKnownKey).id());
}

TEST(MatchKey, LoadErrorsNameThePathAndNotTheContent) {
  const std::string almost = random_hex(31);
  const test::TempDir dir;
  const std::string path = dir.write("key", almost);
  const auto key = MatchKey::load(path);
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().code, Errc::kKeyInvalid);
  EXPECT_NE(key.error().detail.find(path), std::string::npos);
  EXPECT_EQ(key.error().detail.find(almost), std::string::npos);

  EXPECT_EQ(MatchKey::load("/nonexistent/match.key").error().code, Errc::kFileRead);
}

TEST(MatchKey, DifferentCardsHaveDifferentReferences) {
  const MatchKey key = key_of(kKnownKey);
  std::set<CardRef> seen;
  for (unsigned i = 0; i < 2000; ++i) seen.insert(key.reference(test_card(i)));
  EXPECT_EQ(seen.size(), 2000U);
}

// Goal: the per-thread contexts never mix two keys. Method: several threads use both keys by turns
// and compare with what one thread found.
TEST(MatchKey, TwoKeysMayBeUsedFromManyThreads) {
  const MatchKey first = key_of(kKnownKey);
  const MatchKey second = key_of(random_hex(32));
  constexpr unsigned kCards = 500;
  std::vector<CardRef> by_first;
  std::vector<CardRef> by_second;
  for (unsigned i = 0; i < kCards; ++i) {
    by_first.push_back(first.reference(test_card(i)));
    by_second.push_back(second.reference(test_card(i)));
  }
  std::vector<unsigned> differences(4, 0);
  std::vector<std::thread> threads;
  for (unsigned& count : differences) {
    threads.emplace_back([&, copy = second] {
      for (unsigned i = 0; i < kCards; ++i) {
        if (first.reference(test_card(i)) != by_first[i]) ++count;
        if (copy.reference(test_card(i)) != by_second[i]) ++count;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(differences, std::vector<unsigned>(4, 0));
}

}  // namespace
}  // namespace cw::crypto
