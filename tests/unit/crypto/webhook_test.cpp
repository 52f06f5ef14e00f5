#include "lib/crypto/base64.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "support/temp_dir.hpp"
#include "unit/crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cw::crypto {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kTimestamp = 1614265330;
constexpr std::string_view kBody = R"({"entries":[]})";
const Instant kNow{std::chrono::seconds{kTimestamp}};

std::string secret_text(char byte) {
  return "whsec_" + base64_encode(std::string(32, byte));
}

/// An Ed25519 pair: the seed, and its public key as in the published vector.
constexpr const char* kEdPrivate =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
constexpr const char* kEdPublic = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

WebhookSigner signer(std::string_view text) {
  return WebhookSigner::parse(Sensitive{text}).value();
}
WebhookVerifier verifier(std::string_view text) {
  return WebhookVerifier::parse(Sensitive{text}).value();
}

struct Verifying : ::testing::Test {
  std::string signature =
      signer(secret_text('a')).sign({.id = "b-1", .timestamp = kTimestamp, .body = kBody});
  WebhookHeaders headers{.id = "b-1", .timestamp = "1614265330", .signature = signature};
  std::vector<WebhookVerifier> keys{verifier(secret_text('a'))};

  [[nodiscard]] Status verify(Instant now = kNow) const {
    return verify_webhook(keys, headers, kBody, now);
  }
  [[nodiscard]] Errc refusal() const { return verify().error().code; }
};

void expect_known_answer(const std::string& vector, const char* key, const char* check) {
  const auto parsed = JoseObject::parse(vector);
  ASSERT_TRUE(parsed.has_value());
  const WebhookMessage message{.id = *parsed.value().text("id"),
                               .timestamp = *parsed.value().integer("timestamp"),
                               .body = *parsed.value().text("body")};
  const std::string expected{*parsed.value().text("signature")};
  EXPECT_EQ(signer(*parsed.value().text(key)).sign(message), expected);
  EXPECT_TRUE(verifier(*parsed.value().text(check)).matches(message, expected));
}

TEST(WebhookSignature, GivesThePublishedAnswers) {
  CW_VECTOR_OR_SKIP(vectors, "standard-webhooks/vectors.json");
  const std::size_t list = vectors.find("\"vectors\"");
  const std::string hmac = object_at(vectors, list);
  expect_known_answer(hmac, "secret", "secret");
  const std::string ed25519 = object_at(vectors, vectors.find(hmac) + hmac.size());
  expect_known_answer(ed25519, "secret_key", "public_key");
}

TEST_F(Verifying, AcceptsItsOwnSigner) {
  EXPECT_TRUE(verify().has_value());
}

TEST_F(Verifying, RefusesChangedIdTimestampAndBody) {
  headers.id = "b-2";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  headers.id = "b-1";
  headers.timestamp = "1614265331";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  headers.timestamp = "1614265330";
  EXPECT_EQ(verify_webhook(keys, headers, "other", kNow).error().code, Errc::kSignatureInvalid);
}

TEST_F(Verifying, RefusesMissingHeaders) {
  const WebhookHeaders whole = headers;
  headers.id = "";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  headers = whole;
  headers.timestamp = "";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
  headers = whole;
  headers.signature = "";
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(Verifying, RefusesTimestampsThatAreNoWholeNumbers) {
  for (const char* bad : {"soon",
                          "1614265330.0",
                          " 1614265330",
                          "+1614265330",
                          "-1",
                          "01614265330",
                          "99999999999999999999"}) {
    headers.timestamp = bad;
    EXPECT_EQ(refusal(), Errc::kSignatureInvalid) << bad;
  }
}

TEST_F(Verifying, RefusesAnIdThatCouldBeReadAsAnotherMessage) {
  signature = signer(secret_text('a')).sign({.id = "b.1", .timestamp = kTimestamp, .body = kBody});
  headers.id = "b.1";
  headers.signature = signature;
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(Verifying, ToleratesFiveMinutesEitherWay) {
  EXPECT_TRUE(verify(kNow + 300s).has_value());
  EXPECT_TRUE(verify(kNow - 300s).has_value());
  EXPECT_EQ(verify(kNow + 301s).error().code, Errc::kTimestampSkew);
  EXPECT_EQ(verify(kNow - 301s).error().code, Errc::kTimestampSkew);
}

TEST_F(Verifying, RefusesMalformedSignatures) {
  const std::string truncated = signature.substr(0, signature.size() - 4);
  const std::string unknown = "v2" + signature.substr(2);
  for (const std::string_view bad : {std::string_view("v1,"),
                                     std::string_view(truncated),
                                     std::string_view(unknown),
                                     std::string_view("v1"),
                                     std::string_view(" "),
                                     std::string_view(signature).substr(3)}) {
    headers.signature = bad;
    EXPECT_EQ(refusal(), Errc::kSignatureInvalid) << bad;
  }
}

TEST_F(Verifying, TheGoodOneOfSeveralSignaturesCounts) {
  const std::string list = "v2,AAAA v1,AAAA " + signature;
  headers.signature = list;
  EXPECT_TRUE(verify().has_value());
}

TEST_F(Verifying, RefusesEndlessLists) {
  std::string list;
  for (int i = 0; i < 8; ++i) list += "v1,AAAA ";
  list += signature;
  headers.signature = list;
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST_F(Verifying, BothKeysWorkWhileOneReplacesTheOther) {
  const std::vector<WebhookSigner> signers{signer(secret_text('a')), signer(kEdPrivate)};
  const std::string list =
      webhook_signature(signers, {.id = "b-1", .timestamp = kTimestamp, .body = kBody});
  headers.signature = list;
  EXPECT_TRUE(verify().has_value()) << "receiver with the old key";
  keys = {verifier(kEdPublic)};
  EXPECT_TRUE(verify().has_value()) << "receiver with the new key";
  keys = {verifier(secret_text('b'))};
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid) << "receiver with neither";
  keys.clear();
  EXPECT_EQ(refusal(), Errc::kSignatureInvalid);
}

TEST(WebhookKeys, RefuseEmptyShortAndForeignTexts) {
  const std::string short_secret = "whsec_" + base64_encode(std::string(23, 'x'));
  const std::string long_secret = "whsec_" + base64_encode(std::string(65, 'x'));
  for (const std::string& bad : {std::string(),
                                 std::string("whsec_"),
                                 short_secret,
                                 long_secret,
                                 std::string("whsec_!!!"),
                                 std::string("secret"),
                                 std::string("whsk_AAAA")}) {
    EXPECT_EQ(WebhookSigner::parse(Sensitive{bad}).error().code, Errc::kKeyInvalid) << bad;
    EXPECT_EQ(WebhookVerifier::parse(Sensitive{bad}).error().code, Errc::kKeyInvalid) << bad;
  }
  EXPECT_FALSE(WebhookVerifier::parse(Sensitive{std::string_view(kEdPrivate)}).has_value())
      << "a receiver needs no private key";
}

TEST(WebhookKeys, LoadFromFilesWithALineEnd) {
  const test::TempDir dir;
  const std::string path = dir.write("key", secret_text('a') + "\n");
  const auto loaded = WebhookSigner::load(path);
  ASSERT_TRUE(loaded.has_value());
  const WebhookMessage message{.id = "b-1", .timestamp = kTimestamp, .body = kBody};
  EXPECT_EQ(loaded.value().sign(message), signer(secret_text('a')).sign(message));
  EXPECT_TRUE(WebhookVerifier::load(path).has_value());
  EXPECT_EQ(WebhookSigner::load("/nonexistent").error().code, Errc::kFileRead);
}

}  // namespace
}  // namespace cw::crypto
