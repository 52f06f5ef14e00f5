#include "lib/crypto/jwe.hpp"

#include "lib/crypto/aead.hpp"
#include "lib/crypto/base64.hpp"
#include "lib/crypto/key_agreement.hpp"
#include "unit/crypto/cards.hpp"
#include "unit/crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cw::crypto {
namespace {

constexpr KeyType kTypes[] = {KeyType::kRsa, KeyType::kEcP256, KeyType::kX25519};
constexpr std::size_t kManyBytes = 1000;

/// Another key on each call. RSA keys are slow to make, so two of them serve by turns.
PrivateKey fresh_key(KeyType type) {
  if (type != KeyType::kRsa) return PrivateKey::generate(type);
  static const PrivateKey kKeys[] = {PrivateKey::generate(type), PrivateKey::generate(type)};
  static std::size_t next = 0;
  return kKeys[next++ % 2];
}

std::string decoded(std::string_view text) {
  return base64url_decode(text, kManyBytes).value();
}

PrivateKey private_jwk(std::string_view json) {
  return PrivateKey::from_jwk(Sensitive{json}).value();
}

std::vector<std::string> parts_of(std::string compact) {
  std::vector<std::string> parts;
  for (auto dot = compact.find('.'); dot != std::string::npos; dot = compact.find('.')) {
    parts.push_back(compact.substr(0, dot));
    compact.erase(0, dot + 1);
  }
  parts.push_back(compact);
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string compact = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) compact += "." + parts[i];
  return compact;
}

/// A message to `key` whose header was replaced by `header` (so its tag is wrong as well).
std::string with_header(const PrivateKey& key, const std::string& header) {
  auto parts = parts_of(jwe_encrypt(key.public_key(), "content").value());
  parts[0] = base64url_encode(header);
  return joined(parts);
}

TEST(Jwe, TheRecipientReadsContentAndHeader) {
  for (const KeyType type : kTypes) {
    const PrivateKey key = fresh_key(type);
    JweFields fields{.cty = "application/json", .iat = 1257897600, .extra = {{"feed", "jcb-a"}}};
    const auto compact = jwe_encrypt(key.public_key(), "content", fields);
    ASSERT_TRUE(compact.has_value());
    const auto message = jwe_decrypt(key, compact.value());
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message.value().plaintext.reveal(), "content");
    const JweHeader& header = message.value().header;
    EXPECT_EQ(header.alg, type == KeyType::kRsa ? "RSA-OAEP-256" : "ECDH-ES");
    EXPECT_EQ(header.enc, "A256GCM");
    EXPECT_EQ(header.kid, key.kid());
    EXPECT_EQ(header.fields.cty, fields.cty);
    EXPECT_EQ(header.fields.iat, fields.iat);
    EXPECT_EQ(header.fields.extra, fields.extra);
    EXPECT_EQ(jwe_peek(compact.value()).value().kid, key.kid());
  }
}

TEST(Jwe, EmptyAndLargeContentComeBack) {
  const PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'000}}) {
    const std::string content(size, 'x');
    const auto compact = jwe_encrypt(key.public_key(), content).value();
    EXPECT_TRUE(jwe_decrypt(key, compact).value().plaintext.reveal() == content);
  }
}

TEST(Jwe, NeverHoldsTheContentInClearAndNeverRepeatsItself) {
  const PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  const Pan pan = test_card(1);
  const auto first = jwe_encrypt(key.public_key(), pan.reveal()).value();
  EXPECT_EQ(first.find(pan.reveal()), std::string::npos);
  EXPECT_EQ(first.find(base64url_encode(pan.reveal())), std::string::npos);
  EXPECT_NE(first, jwe_encrypt(key.public_key(), pan.reveal()).value());
}

TEST(Jwe, AnotherKeyIsRefused) {
  for (const KeyType type : kTypes) {
    const auto compact = jwe_encrypt(fresh_key(type).public_key(), "content").value();
    for (const KeyType other : kTypes) {
      const auto message = jwe_decrypt(fresh_key(other), compact);
      ASSERT_FALSE(message.has_value());
      EXPECT_EQ(message.error().code, Errc::kDecryptFailed);
    }
  }
}

TEST(Jwe, AChangeInAnyPartIsRefused) {
  for (const KeyType type : kTypes) {
    const PrivateKey key = fresh_key(type);
    const auto parts = parts_of(jwe_encrypt(key.public_key(), "content").value());
    for (std::size_t part = 0; part < parts.size(); ++part) {
      if (parts[part].empty()) continue;
      auto changed = parts;
      char& c = changed[part][changed[part].size() / 2];
      c = c == 'A' ? 'B' : 'A';
      EXPECT_EQ(jwe_decrypt(key, joined(changed)).error().code, Errc::kDecryptFailed) << part;
    }
  }
}

TEST(Jwe, EveryTruncationIsRefused) {
  const PrivateKey key = PrivateKey::generate(KeyType::kX25519);
  const auto compact = jwe_encrypt(key.public_key(), "content").value();
  for (std::size_t size = 0; size < compact.size(); ++size) {
    EXPECT_FALSE(jwe_decrypt(key, compact.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(jwe_decrypt(key, compact + ".").has_value());
  EXPECT_FALSE(jwe_decrypt(key, compact + "A").has_value());
}

TEST(Jwe, OversizedMessagesAreRefusedBeforeAnyWork) {
  const PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  const auto compact = jwe_encrypt(key.public_key(), "content").value();
  EXPECT_TRUE(jwe_decrypt(key, compact, compact.size()).has_value());
  EXPECT_EQ(jwe_decrypt(key, compact, compact.size() - 1).error().code, Errc::kLimitReached);
  EXPECT_EQ(jwe_encrypt(key.public_key(), std::string(kJweBytesMax, 'x')).error().code,
            Errc::kLimitReached);
  const JweFields wide{.cty = std::string(kJweHeaderBytesMax, 'x'), .iat = {}, .extra = {}};
  EXPECT_EQ(jwe_encrypt(key.public_key(), "x", wide).error().code, Errc::kLimitReached);
}

TEST(Jwe, AlgorithmsOutsideTheListAreRefused) {
  const PrivateKey key = fresh_key(KeyType::kRsa);
  for (const char* header : {R"({"alg":"RSA1_5","enc":"A256GCM"})",
                             R"({"alg":"RSA-OAEP","enc":"A256GCM"})",
                             R"({"alg":"dir","enc":"A256GCM"})",
                             R"({"alg":"none","enc":"A256GCM"})",
                             R"({"alg":"RSA-OAEP-256","enc":"A128GCM"})",
                             R"({"alg":"RSA-OAEP-256","enc":"A256CBC-HS512"})",
                             R"({"alg":"RSA-OAEP-256"})",
                             R"({"enc":"A256GCM"})",
                             R"({"alg":"ECDH-ES","enc":"A256GCM"})",
                             R"({"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"})",
                             R"({"alg":"RSA-OAEP-256","enc":"A256GCM","crit":["exp"]})",
                             R"({"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A256GCM"})",
                             "not json"}) {
    const auto message = jwe_decrypt(key, with_header(key, header));
    ASSERT_FALSE(message.has_value()) << header;
    EXPECT_EQ(message.error().code, Errc::kDecryptFailed);
  }
}

TEST(Jwe, AnEphemeralKeyOffTheCurveIsRefused) {
  const PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  const std::string zero(43, 'A');
  const std::string epk =
      R"({"kty":"EC","crv":"P-256","x":")" + zero + R"(","y":")" + zero + R"("})";
  const std::string header = R"({"alg":"ECDH-ES","enc":"A256GCM","epk":)" + epk + "}";
  EXPECT_EQ(jwe_decrypt(key, with_header(key, header)).error().code, Errc::kDecryptFailed);

  const PrivateKey x25519 = PrivateKey::generate(KeyType::kX25519);
  const std::string small = R"({"alg":"ECDH-ES","enc":"A256GCM","epk":{"kty":"OKP","crv":"X25519",)"
                            R"("x":")" +
                            zero + R"("}})";
  EXPECT_EQ(jwe_decrypt(x25519, with_header(x25519, small)).error().code, Errc::kDecryptFailed)
      << "a point of small order gives everyone the same secret";
}

TEST(KeyAgreement, GivesTheKnownAnswerOfRfc7518AppendixC) {
  const PrivateKey alice =
      private_jwk(R"({"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",)"
                  R"("y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",)"
                  R"("d":"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"})");
  const PrivateKey bob =
      private_jwk(R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",)"
                  R"("y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",)"
                  R"("d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"})");
  const auto z = shared_secret(alice, bob.public_key());
  ASSERT_TRUE(z.has_value());
  EXPECT_EQ(z.value().reveal(), shared_secret(bob, alice.public_key()).value().reveal());
  const Sensitive key =
      concat_kdf(z.value(), {.algorithm = "A128GCM", .apu = "Alice", .apv = "Bob"}, 16);
  EXPECT_EQ(base64url_encode(key.reveal()), "VqqN6vgjbSBcIijNcacQGg");
}

// RFC 8037's example has A128GCM, which jwe_decrypt refuses: its steps are checked one by one.
TEST(KeyAgreement, OpensTheX25519ExampleOfRfc8037) {
  CW_VECTOR_OR_SKIP(vector, "jose-cookbook/curve25519/ecdh-es.json");
  const PrivateKey bob = private_jwk(object_of(vector, "key"));
  const std::string content = object_of(vector, "encrypting_content");
  const auto epk = PublicKey::from_jwk(object_of(content, "epk"));
  ASSERT_TRUE(epk.has_value());
  const auto z = shared_secret(bob, epk.value());
  ASSERT_TRUE(z.has_value());
  const Sensitive key = concat_kdf(z.value(), {.algorithm = "A128GCM", .apu = {}, .apv = {}}, 16);

  const std::string box = decoded(text_of(object_of(vector, "generated"), "iv")) +
                          decoded(text_of(content, "ciphertext")) +
                          decoded(text_of(content, "tag"));
  std::string plaintext(box.size() - kSealNonceBytes - kSealTagBytes, '\0');
  const CipherContext cipher = gcm_context(key.reveal(), GcmUse::kDecrypt);
  ASSERT_TRUE(gcm_decrypt(cipher.get(),
                          text_of(content, "protected_b64u"),
                          box,
                          reinterpret_cast<std::uint8_t*>(plaintext.data())));
  EXPECT_EQ(plaintext, text_of(object_of(vector, "input"), "plaintext"));
}

TEST(Aead, GivesTheKnownAnswerOfRfc7520Section56) {
  CW_VECTOR_OR_SKIP(vector, "jose-cookbook/jwe/5_6.direct_encryption_using_aes-gcm.json");
  const std::string input = object_of(vector, "input");
  const std::string content = object_of(vector, "encrypting_content");
  const std::string plaintext = text_of(input, "plaintext");
  std::string box = decoded(text_of(object_of(vector, "generated"), "iv"));
  box.resize(kSealNonceBytes + plaintext.size() + kSealTagBytes);
  const CipherContext cipher =
      gcm_context(decoded(text_of(object_of(input, "key"), "k")), GcmUse::kEncrypt);
  gcm_encrypt(cipher.get(),
              text_of(content, "protected_b64u"),
              plaintext,
              reinterpret_cast<std::uint8_t*>(box.data()));
  EXPECT_EQ(base64url_encode(box.substr(kSealNonceBytes, plaintext.size())),
            text_of(content, "ciphertext"));
  EXPECT_EQ(base64url_encode(box.substr(kSealNonceBytes + plaintext.size())),
            text_of(content, "tag"));
}

TEST(Jwe, RefusesTheExamplesOfRfc7520ThatWeDoNotAllow) {
  CW_VECTOR_OR_SKIP(oaep, "jose-cookbook/jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json");
  const auto key = PrivateKey::from_jwk(Sensitive{object_of(oaep, "key")});
  // RFC 7520 5.2 has a key of 4096 bits and RSA-OAEP with SHA-1.
  ASSERT_TRUE(key.has_value());
  const std::string output = oaep.substr(oaep.rfind("\"compact\""));
  const std::size_t first = output.find("\"ey") + 1;
  const std::string compact = output.substr(first, output.find('"', first) - first);
  EXPECT_EQ(jwe_decrypt(key.value(), compact).error().code, Errc::kDecryptFailed);
}

}  // namespace
}  // namespace cw::crypto
