#include "lib/crypto/seal.hpp"

#include "lib/crypto/jwe.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/match_key.hpp"
#include "lib/crypto/random.hpp"
#include "unit/crypto/cards.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cw::crypto {
namespace {

class SealTest : public ::testing::Test {
 protected:
  MatchKey match_key_ = MatchKey::from_hex(Sensitive{random_hex(32)}).value();
  DataKey key_ = DataKey::generate();
  Pan pan_ = test_card(7);
  CardRef card_ = match_key_.reference(pan_);
};

TEST_F(SealTest, TheHolderOfTheKeyGetsTheNumberBack) {
  const std::string sealed = seal(key_, pan_, card_);
  EXPECT_EQ(sealed.size(), kSealNonceBytes + pan_.reveal().size() + kSealTagBytes);
  const auto opened = open(key_, sealed, card_);
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(opened.value().reveal() == pan_.reveal());
}

TEST_F(SealTest, NumbersOfEveryLengthComeBack) {
  for (const char* digits :
       {"400000000002", "4000000000006", "4000000000000002", "4000000000000000006"}) {
    const auto pan = Pan::parse(digits);
    ASSERT_TRUE(pan.has_value()) << std::string_view(digits).size() << " digits";
    const CardRef card = match_key_.reference(pan.value());
    const auto opened = open(key_, seal(key_, pan.value(), card), card);
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened.value().reveal() == pan.value().reveal());
  }
}

TEST_F(SealTest, OneSealerAndOneOpenerServeManyCards) {
  Sealer sealer{key_};
  Opener opener{key_};
  std::set<std::string> nonces;
  for (unsigned i = 0; i < 1000; ++i) {
    const Pan pan = test_card(i);
    const CardRef card = match_key_.reference(pan);
    const std::string sealed = sealer.seal(pan, card);
    nonces.insert(sealed.substr(0, kSealNonceBytes));
    EXPECT_EQ(sealed.find(pan.reveal()), std::string::npos);
    const auto opened = opener.open(sealed, card);
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened.value().reveal() == pan.reveal());
  }
  EXPECT_EQ(nonces.size(), 1000U) << "a nonce was used twice";
}

TEST_F(SealTest, EveryChangedBitIsRefused) {
  const std::string sealed = seal(key_, pan_, card_);
  Opener opener{key_};
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = opener.open(changed, card_);
    ASSERT_FALSE(opened.has_value()) << "bit " << bit;
    EXPECT_EQ(opened.error().code, Errc::kDecryptFailed);
  }
  EXPECT_TRUE(opener.open(sealed, card_).has_value()) << "refusals leave the opener usable";
}

TEST_F(SealTest, EveryTruncationAndExtensionIsRefused) {
  const std::string sealed = seal(key_, pan_, card_);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(key_, sealed.substr(0, size), card_).has_value()) << size;
  }
  EXPECT_FALSE(open(key_, sealed + '\0', card_).has_value());
  EXPECT_FALSE(open(key_, sealed + std::string(1000, 'x'), card_).has_value());
}

TEST_F(SealTest, ASealedNumberCannotBeMovedToAnotherCard) {
  const CardRef other = match_key_.reference(test_card(8));
  EXPECT_EQ(open(key_, seal(key_, pan_, card_), other).error().code, Errc::kDecryptFailed);
}

TEST_F(SealTest, AnotherKeyDoesNotOpen) {
  EXPECT_EQ(open(DataKey::generate(), seal(key_, pan_, card_), card_).error().code,
            Errc::kDecryptFailed);
}

TEST(DataKey, IsFreshEachTime) {
  const DataKey first = DataKey::generate();
  const DataKey second = DataKey::generate();
  EXPECT_NE(first.id(), second.id());
  EXPECT_TRUE(first.key().reveal() != second.key().reveal());
  EXPECT_EQ(first.key().reveal().size(), DataKey::kBytes);
}

TEST(DataKey, RefusesWrongLengthAndUnfitId) {
  const Sensitive good{std::string(32, 'k')};
  EXPECT_TRUE(DataKey::from_bytes(good, "fk-1").has_value());
  EXPECT_EQ(DataKey::from_bytes(Sensitive{std::string(31, 'k')}, "fk-1").error().code,
            Errc::kKeyInvalid);
  for (const std::string& id : {std::string(), std::string("a b"), std::string(65, 'a')}) {
    EXPECT_EQ(DataKey::from_bytes(good, id).error().code, Errc::kKeyInvalid);
  }
}

TEST(KeyVault, GivesBackWhatWasLockedAway) {
  for (const KeyType type : {KeyType::kRsa, KeyType::kEcP256, KeyType::kX25519}) {
    const PrivateKey vault = PrivateKey::generate(type);
    const DataKey key = DataKey::generate();
    const auto wrapped = VaultPublicKey{vault.public_key()}.wrap(key);
    ASSERT_TRUE(wrapped.has_value());
    const auto unwrapped = VaultPrivateKey{vault}.unwrap(wrapped.value());
    ASSERT_TRUE(unwrapped.has_value());
    EXPECT_EQ(unwrapped.value().id(), key.id());
    EXPECT_TRUE(unwrapped.value().key().reveal() == key.key().reveal());
  }
}

TEST(KeyVault, RefusesAnotherVaultAndForeignContent) {
  const PrivateKey vault = PrivateKey::generate(KeyType::kEcP256);
  const auto wrapped = VaultPublicKey{vault.public_key()}.wrap(DataKey::generate()).value();
  const VaultPrivateKey other{PrivateKey::generate(KeyType::kEcP256)};
  EXPECT_EQ(other.unwrap(wrapped).error().code, Errc::kDecryptFailed);

  const auto foreign = jwe_encrypt(vault.public_key(), std::string(32, 'k')).value();
  EXPECT_EQ(VaultPrivateKey{vault}.unwrap(foreign).error().code, Errc::kDecryptFailed);
}

}  // namespace
}  // namespace cw::crypto
