#include "lib/crypto/message_signature.hpp"

#include "lib/crypto/content_digest.hpp"
#include "lib/crypto/jwk.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cw::crypto {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kCreated = 1618884473;
constexpr std::string_view kBody = "eyJhbGciOiJFQ0RILUVTIn0..a.b.c";
const Instant kNow{std::chrono::seconds{kCreated}};

/// A push as its receiver sees it, signed by `key` unless a test changes that.
struct FeedSignature : ::testing::Test {
  SigningKey key = SigningKey::generate(SignatureAlgorithm::kEd25519);
  std::vector<VerificationKey> known{key.verification_key()};
  std::vector<HeaderField> headers{{"Content-Type", "application/jose"},
                                   {"Content-Digest", content_digest(kBody)}};
  MessageView message{.method = "POST", .target_uri = "https://issuer.example/feeds/jcb-a"};
  std::string body{kBody};
  SignatureRules rules;
  NonceBook nonces;

  std::vector<HeaderField> signature(std::span<const SigningKey> keys,
                                     const SignatureTerms& terms) {
    message.headers = headers;
    return sign_message(keys, message, terms).value();
  }
  void sign(const SignatureTerms& terms = {.created = kNow}) { sign(std::span{&key, 1}, terms); }
  void sign(std::span<const SigningKey> keys, const SignatureTerms& terms = {.created = kNow}) {
    for (HeaderField& field : signature(keys, terms)) headers.push_back(std::move(field));
  }
  std::string& field(std::string_view name) {
    return std::find_if(headers.begin(),
                        headers.end(),
                        [&](const auto& header) { return header.first == name; })
        ->second;
  }
  void replace(std::string_view name, std::string_view from, std::string_view to) {
    std::string& value = field(name);
    value.replace(value.find(from), from.size(), to);
  }
  Result<VerifiedSignature> verify(Instant now = kNow, NonceBook* book = nullptr) {
    message.headers = headers;
    return verify_message(known, message, body, rules, now, book);
  }
  Errc refusal(Instant now = kNow) {
    const auto verified = verify(now);
    return verified ? Errc::kInternal : verified.error().code;
  }
};

TEST_F(FeedSignature, IsAcceptedByWhoKnowsTheKey) {
  sign();
  const auto verified = verify();
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(verified.value().keyid, key.keyid());
  EXPECT_EQ(verified.value().label, "sig1");
  EXPECT_EQ(verified.value().nonce.size(), 32U);
}

TEST_F(FeedSignature, CoversWhatTheFeedPromises) {
  sign();
  EXPECT_TRUE(field("Signature-Input")
                  .starts_with("sig1=(\"@method\" \"@target-uri\" \"content-type\" "
                               "\"content-digest\");created=1618884473;expires=1618884773;nonce="))
      << field("Signature-Input");
  EXPECT_TRUE(field("Signature-Input").ends_with(";tag=\"cardwatch\""));
}

TEST_F(FeedSignature, EcdsaWorksAsWell) {
  key = SigningKey::generate(SignatureAlgorithm::kEcdsaP256Sha256);
  known = {key.verification_key()};
  for (int i = 0; i < 64; ++i) {  // Numbers with leading zeros come up, too.
    headers.resize(2);
    sign();
    EXPECT_TRUE(verify());
  }
}

TEST_F(FeedSignature, AnyChangeOfWhatIsCoveredIsRefused) {
  sign();
  message.method = "PUT";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  message.method = "POST";
  message.target_uri = "https://issuer.example/feeds/jcb-b";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  message.target_uri = "https://issuer.example/feeds/jcb-a";
  field("Content-Type") = "application/json";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  field("Content-Type") = "application/jose";
  EXPECT_TRUE(verify());
}

TEST_F(FeedSignature, AnyChangeOfItsParametersIsRefused) {
  for (const auto& [from, to] : {std::pair{"created=1618884473", "created=1618884474"},
                                 std::pair{"expires=1618884773", "expires=1618884774"},
                                 std::pair{"nonce=\"", "nonce=\"0"}}) {
    headers.resize(2);
    sign();
    replace("Signature-Input", from, to);
    EXPECT_EQ(refusal(), Errc::kSignatureInvalid) << to;
  }
}

TEST_F(FeedSignature, AnotherBodyIsRefused) {
  sign();
  body += "x";
  EXPECT_EQ(refusal(), Errc::kContentDigest);
  body.clear();
  EXPECT_EQ(refusal(), Errc::kContentDigest);
}

TEST_F(FeedSignature, AnUnknownKeyIsToldApartFromAWrongSignature) {
  sign();
  known = {SigningKey::generate(SignatureAlgorithm::kEd25519).verification_key()};
  EXPECT_EQ(refusal(), Errc::kSignatureKey);
  known.clear();
  EXPECT_EQ(refusal(), Errc::kSignatureKey);
  known = {VerificationKey::from_pem(
               SigningKey::generate(SignatureAlgorithm::kEd25519).verification_key().to_pem(),
               key.keyid())
               .value()};
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(FeedSignature, TheAlgorithmMustBeTheKeys) {
  sign();
  replace("Signature-Input", ";tag=", ";alg=\"hmac-sha256\";tag=");
  const auto refused = verify();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kSignatureInvalid);
  EXPECT_NE(refused.error().detail.find("alg"), std::string::npos);
}

TEST_F(FeedSignature, EveryRequiredComponentMustBeCovered) {
  for (const std::string_view left_out : feed_components()) {
    std::vector<std::string_view> some;
    for (const auto name : feed_components()) {
      if (name != left_out) some.push_back(name);
    }
    headers.resize(2);
    sign({.components = some, .created = kNow});
    EXPECT_EQ(refusal(), Errc::kSignatureComponents) << left_out;
  }
}

TEST_F(FeedSignature, AComponentWithAParameterDoesNotCountForTheOneWithout) {
  sign();
  replace("Signature-Input", "\"content-digest\"", "\"content-digest\";key=\"sha-256\"");
  EXPECT_EQ(refusal(), Errc::kSignatureComponents);
}

TEST_F(FeedSignature, ACoveredFieldMustBeThere) {
  sign();
  headers.erase(headers.begin());
  EXPECT_EQ(refusal(), Errc::kSignatureComponents);
  headers.resize(1);
  message.headers = headers;
  EXPECT_EQ(sign_message(std::span{&key, 1}, message, {.created = kNow}).error().code,
            Errc::kSignatureComponents);
}

TEST_F(FeedSignature, EveryRequiredParameterMustBeThere) {
  for (const char* left_out : {";created=1618884473", ";expires=1618884773"}) {
    headers.resize(2);
    sign();
    replace("Signature-Input", left_out, "");
    EXPECT_EQ(refusal(), Errc::kSignatureComponents) << left_out;
  }
  headers.resize(2);
  sign();
  std::string& input = field("Signature-Input");
  const auto nonce = input.find(";nonce=");
  const std::string whole = input;
  input.erase(nonce, input.find(";keyid") - nonce);
  EXPECT_EQ(refusal(), Errc::kSignatureComponents);
  input = whole;
  const auto value = input.find('"', nonce) + 1;
  input.replace(value, 32, std::string(257, 'n'));
  EXPECT_EQ(refusal(), Errc::kSignatureComponents);
}

TEST_F(FeedSignature, ForAnotherPurposeItDoesNotCount) {
  sign({.created = kNow, .tag = "web-bot-auth"});
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  headers.resize(2);
  sign({.created = kNow, .tag = ""});
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  rules.tag = "";
  EXPECT_TRUE(verify());
}

TEST_F(FeedSignature, FiveMinutesEitherWayAreTolerated) {
  sign({.created = kNow, .lifetime = 600s});
  EXPECT_TRUE(verify(kNow + 300s));
  EXPECT_TRUE(verify(kNow - 300s));
  EXPECT_EQ(refusal(kNow + 300s + 1ms), Errc::kTimestampSkew);
  EXPECT_EQ(refusal(kNow - 300s - 1ms), Errc::kTimestampSkew);
}

TEST_F(FeedSignature, ExpiresWhenItSays) {
  sign({.created = kNow, .lifetime = 60s});
  EXPECT_TRUE(verify(kNow + 59s));
  EXPECT_EQ(refusal(kNow + 60s), Errc::kSignatureExpired);
}

TEST_F(FeedSignature, ALifetimeThatIsNegativeOrTooLongIsRefused) {
  sign({.created = kNow, .lifetime = -1s});
  EXPECT_EQ(refusal(kNow - 10s), Errc::kSignatureExpired);
  headers.resize(2);
  sign({.created = kNow, .lifetime = rules.lifetime_max + 1s});
  EXPECT_EQ(refusal(), Errc::kSignatureExpired);
}

TEST_F(FeedSignature, TheSameOneTwiceIsAReplay) {
  sign();
  EXPECT_TRUE(verify(kNow, &nonces));
  EXPECT_EQ(verify(kNow, &nonces).error().code, Errc::kSignatureReplayed);
  headers.resize(2);
  sign();
  EXPECT_TRUE(verify(kNow, &nonces)) << "signed anew, as every attempt is";
}

TEST_F(FeedSignature, WhatIsNotGenuineUsesNoNonceUp) {
  sign();
  body += "x";
  EXPECT_FALSE(verify(kNow, &nonces));
  EXPECT_EQ(nonces.size(), 0U);
  body.pop_back();
  EXPECT_TRUE(verify(kNow, &nonces));
}

TEST_F(FeedSignature, OnlyAGenuineSenderIsToldOfTheClock) {
  sign();
  field("Content-Type") = "text/plain";
  EXPECT_EQ(refusal(kNow + 600s), Errc::kSignatureInvalid);
}

TEST_F(FeedSignature, MissingAndMalformedFieldsAreRefused) {
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  sign();
  const auto whole = headers;
  for (const char* name : {"Signature", "Signature-Input"}) {
    for (const char* bad : {"", "sig1", "sig1=1", "sig1=(", "sig2=:AAAA:", "sig1=\"x\""}) {
      headers = whole;
      field(name) = bad;
      EXPECT_EQ(refusal(), Errc::kSignatureInvalid) << name << ": " << bad;
    }
  }
  headers = whole;
  replace("Signature-Input", "created=1618884473", "created=\"now\"");
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(FeedSignature, ALabelStandsOnce) {
  sign();
  headers.push_back({"Signature-Input", field("Signature-Input")});
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(FeedSignature, BothKeysSignWhileOneReplacesTheOther) {
  const std::vector<SigningKey> both{key,
                                     SigningKey::generate(SignatureAlgorithm::kEcdsaP256Sha256)};
  sign(both);
  EXPECT_EQ(verify().value().label, "sig1") << "a receiver with the old key";
  known = {both[1].verification_key()};
  EXPECT_EQ(verify().value().label, "sig2") << "a receiver with the new key";
}

TEST_F(FeedSignature, AWrongOneBesideAGoodOneDoesNoHarm) {
  sign();
  const auto good = headers;
  headers.resize(2);
  const SigningKey other = SigningKey::generate(SignatureAlgorithm::kEd25519);
  sign(std::vector{other});
  field("Signature-Input").replace(0, 4, "them");
  field("Signature").replace(0, 4, "them");
  headers.insert(headers.end(), good.begin() + 2, good.end());
  EXPECT_TRUE(verify());
}

TEST_F(FeedSignature, EndlessListsAreRefused) {
  sign(std::vector<SigningKey>(8, key));
  EXPECT_TRUE(verify());
  headers.push_back({"signature-input", "sig9=()"});
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

// Goal: nothing about a signature is without effect. Method: another character at every place of
// both fields; what is still read as the same fields (a blank for a blank) may pass, nothing else.
TEST_F(FeedSignature, NoCharacterOfItsFieldsCanBeChanged) {
  constexpr unsigned kSeed = 20090723;
  std::mt19937 dice{kSeed};
  sign();
  const auto whole = headers;
  for (const char* name : {"Signature-Input", "Signature"}) {
    const std::string original = field(name);
    for (std::size_t at = 0; at < original.size(); ++at) {
      std::string changed = original;
      changed[at] = static_cast<char>(' ' + dice() % 95);
      field(name) = changed;
      const auto read = sf::parse_dictionary(changed);
      const bool same = read && sf::serialize(read.value()) == original;
      EXPECT_EQ(verify().has_value(), same) << "seed " << kSeed << ": " << changed;
      headers = whole;
    }
    for (std::size_t size = 0; size < original.size(); ++size) {
      field(name) = original.substr(0, size);
      EXPECT_FALSE(verify()) << size;
      headers = whole;
    }
  }
}

TEST(NonceBook, ForgetsWhatHasExpiredAndTakesNoMoreWhenFull) {
  NonceBook book{2};
  EXPECT_TRUE(book.add("k", "a", kNow + 10s, kNow));
  EXPECT_TRUE(book.add("k2", "a", kNow + 20s, kNow)) << "another key's nonce";
  EXPECT_EQ(book.add("k", "b", kNow + 20s, kNow).error().code, Errc::kLimitReached);
  EXPECT_EQ(book.add("k", "a", kNow + 20s, kNow + 9s).error().code, Errc::kSignatureReplayed);
  EXPECT_TRUE(book.add("k", "b", kNow + 30s, kNow + 10s));
  EXPECT_EQ(book.size(), 2U);
}

TEST(SignatureKeys, TravelAsPem) {
  for (const auto algorithm :
       {SignatureAlgorithm::kEd25519, SignatureAlgorithm::kEcdsaP256Sha256}) {
    const SigningKey key = SigningKey::generate(algorithm);
    const auto again = SigningKey::from_pem(key.to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again.value().keyid(), key.keyid());
    const auto known = VerificationKey::from_pem(key.verification_key().to_pem());
    ASSERT_TRUE(known);
    EXPECT_EQ(known.value().keyid(), key.keyid()) << "both sides derive the same keyid";
    EXPECT_EQ(known.value().algorithm(), algorithm);
    EXPECT_TRUE(known.value().verifies("content", again.value().sign("content")));
    EXPECT_FALSE(known.value().verifies("Content", again.value().sign("content")));
    EXPECT_FALSE(known.value().verifies("content", ""));
  }
}

TEST(SignatureKeys, TheKeyidIsTheThumbprintOfTheJwk) {
  const auto jwk = VerificationKey::from_jwk(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  ASSERT_TRUE(jwk);
  EXPECT_EQ(jwk.value().keyid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
      << "RFC 8037 appendix A.3";
  const SigningKey key = SigningKey::generate(SignatureAlgorithm::kEcdsaP256Sha256);
  const auto same = PublicKey::from_pem(key.verification_key().to_pem());
  EXPECT_EQ(key.keyid(), same.value().thumbprint());
  EXPECT_EQ(VerificationKey::from_jwk(same.value().to_jwk()).value().keyid(), key.keyid());
}

TEST(SignatureKeys, OthersAreRefused) {
  const auto refused = [](const auto& key) {
    return !key.has_value() && key.error().code == Errc::kKeyInvalid;
  };
  EXPECT_TRUE(refused(SigningKey::from_pem(Sensitive{std::string_view("nonsense")})));
  EXPECT_TRUE(refused(VerificationKey::from_pem("")));
  EXPECT_TRUE(refused(VerificationKey::from_jwk("{}")));
  EXPECT_TRUE(refused(VerificationKey::from_jwk(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})")));
  EXPECT_TRUE(refused(VerificationKey::from_jwk(R"({"kty":"oct","k":"AAAA"})")));
  const SigningKey key = SigningKey::generate(SignatureAlgorithm::kEd25519);
  EXPECT_TRUE(refused(SigningKey::from_pem(key.to_pem(), "two\nlines")));
  EXPECT_TRUE(refused(SigningKey::from_pem(key.to_pem(), std::string(257, 'k'))));
  EXPECT_TRUE(refused(key.verification_key().with_pkcs1_v15()));
  EXPECT_TRUE(refused(VerificationKey::hmac(Sensitive{std::string(31, 's')}, "id")));
  EXPECT_TRUE(refused(VerificationKey::hmac(Sensitive{std::string(32, 's')}, "")));
}

TEST(SignatureKeys, LoadFromFiles) {
  const test::TempDir dir;
  const SigningKey key = SigningKey::generate(SignatureAlgorithm::kEd25519);
  const auto loaded = SigningKey::load(dir.write("key", std::string(key.to_pem().reveal())), "k-1");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded.value().keyid(), "k-1");
  EXPECT_TRUE(VerificationKey::load(dir.write("pub", key.verification_key().to_pem())));
  EXPECT_EQ(SigningKey::load("/nonexistent").error().code, Errc::kFileRead);
}

}  // namespace
}  // namespace cw::crypto
