#include "lib/crypto/jwk.hpp"

#include "unit/crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::crypto {
namespace {

constexpr KeyType kTypes[] = {KeyType::kRsa, KeyType::kEcP256, KeyType::kX25519};

/// The example key of RFC 7638 section 3.1.
constexpr const char* kRfc7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPF)"
    R"(FxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5)"
    R"(v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt)"
    R"(-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
    R"("e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

Errc refusal(std::string_view jwk) {
  return PublicKey::from_jwk(jwk).error().code;
}

TEST(Jwk, ThumbprintIsThatOfRfc7638) {
  const auto key = PublicKey::from_jwk(kRfc7638);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key.value().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(key.value().kid(), "2011-04-29");
}

TEST(Jwk, PublicAndPrivateHalvesComeBack) {
  for (const KeyType type : kTypes) {
    const PrivateKey made = PrivateKey::generate(type);
    EXPECT_EQ(made.kid(), made.public_key().thumbprint()) << "default kid";
    const auto public_key = PublicKey::from_jwk(made.public_key().to_jwk());
    ASSERT_TRUE(public_key.has_value());
    EXPECT_EQ(public_key.value().type(), type);
    EXPECT_EQ(public_key.value().to_jwk(), made.public_key().to_jwk());
    const auto private_key = PrivateKey::from_jwk(made.to_jwk());
    ASSERT_TRUE(private_key.has_value()) << private_key.error().detail;
    EXPECT_TRUE(private_key.value().to_jwk().reveal() == made.to_jwk().reveal());
  }
}

TEST(Jwk, ReadsTheRsaKeysOfRfc7520) {
  CW_VECTOR_OR_SKIP(public_jwk, "jose-cookbook/jwk/3_3.rsa_public_key.json");
  CW_VECTOR_OR_SKIP(private_jwk, "jose-cookbook/jwk/3_4.rsa_private_key.json");
  const auto public_key = PublicKey::from_jwk(public_jwk);
  const auto private_key = PrivateKey::from_jwk(Sensitive{private_jwk});
  ASSERT_TRUE(public_key.has_value());
  ASSERT_TRUE(private_key.has_value());
  EXPECT_EQ(public_key.value().kid(), "bilbo.baggins@hobbiton.example");
  EXPECT_EQ(public_key.value().to_jwk(), private_key.value().public_key().to_jwk());
}

TEST(Jwk, RefusesCurvesAndTypesThatWeDoNotUse) {
  CW_VECTOR_OR_SKIP(p521, "jose-cookbook/jwk/3_1.ec_public_key.json");
  CW_VECTOR_OR_SKIP(oct, "jose-cookbook/jwk/3_6.symmetric_key_encryption.json");
  EXPECT_EQ(refusal(p521), Errc::kKeyInvalid);
  EXPECT_EQ(refusal(oct), Errc::kKeyInvalid);
}

TEST(Jwk, APrivateKeyIsNotTakenForAPublicOne) {
  const PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  const auto refused = PublicKey::from_jwk(key.to_jwk().reveal());
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().detail.find("private"), std::string::npos);
}

TEST(Jwk, RefusesMalformedKeys) {
  EXPECT_EQ(refusal("not json"), Errc::kKeyInvalid);
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-256"})"), Errc::kKeyInvalid);
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"), Errc::kKeyInvalid);
  EXPECT_EQ(refusal(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), Errc::kKeyInvalid) << "tiny RSA";
  EXPECT_EQ(refusal(R"({"kty":"RSA","e":"AQAB"})"), Errc::kKeyInvalid);
  EXPECT_EQ(refusal(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"), Errc::kKeyInvalid);
}

TEST(Jwk, RefusesAPointThatIsNotOnTheCurve) {
  const std::string zero(43, 'A');
  EXPECT_EQ(refusal(R"({"kty":"EC","crv":"P-256","x":")" + zero + R"(","y":")" + zero + R"("})"),
            Errc::kKeyInvalid);
}

TEST(Jwk, RefusesHalvesThatDoNotBelongTogether) {
  for (const KeyType type : {KeyType::kEcP256, KeyType::kX25519}) {
    const std::string one{PrivateKey::generate(type).to_jwk().reveal()};
    const std::string other{PrivateKey::generate(type).to_jwk().reveal()};
    std::string mixed = one;
    const std::string d = text_of(one, "d");
    mixed.replace(mixed.find(d), d.size(), text_of(other, "d"));
    EXPECT_FALSE(PrivateKey::from_jwk(Sensitive{mixed}).has_value());
  }
}

}  // namespace
}  // namespace cw::crypto
