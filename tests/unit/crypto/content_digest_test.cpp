#include "lib/crypto/content_digest.hpp"

#include "lib/crypto/base64.hpp"
#include "unit/crypto/vectors.hpp"

#include <gtest/gtest.h>

namespace cw::crypto {
namespace {

constexpr std::string_view kBody = R"({"hello": "world"})";
constexpr std::string_view kDigest = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";

TEST(ContentDigest, IsThatOfTheBytesSent) {
  EXPECT_EQ(content_digest(kBody), kDigest);
  EXPECT_TRUE(verify_content_digest(kDigest, kBody));
  EXPECT_TRUE(verify_content_digest(content_digest(kBody, DigestAlgorithm::kSha512), kBody));
  EXPECT_TRUE(verify_content_digest(content_digest(""), ""));
}

TEST(ContentDigest, AnotherBodyIsRefused) {
  const auto refused = verify_content_digest(kDigest, R"({"hello": "World"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kContentDigest);
}

TEST(ContentDigest, AllDigestsThatWeKnowMustBeRight) {
  const std::string sha512 = content_digest(kBody, DigestAlgorithm::kSha512);
  const std::string both = std::string(kDigest) + ", " + sha512;
  EXPECT_TRUE(verify_content_digest(both, kBody));
  const std::string wrong = content_digest("other") + ", " + sha512;
  EXPECT_FALSE(verify_content_digest(wrong, kBody));
  EXPECT_TRUE(verify_content_digest("md5=:AAAA:, " + std::string(kDigest), kBody));
}

TEST(ContentDigest, WeakUnknownAndMalformedOnesDoNotCount) {
  for (const char* bad : {"",
                          "md5=:AAAA:",
                          "sha-256",
                          "sha-256=X48E",
                          "sha-256=::",
                          "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBP",
                          "sha-256=(:AA==:)",
                          "sha-1=:AAAA:, unixsum=3"}) {
    EXPECT_EQ(verify_content_digest(bad, kBody).error().code, Errc::kContentDigest) << bad;
  }
}

TEST(ContentDigest, GivesThePublishedAnswers) {
  CW_VECTOR_OR_SKIP(vectors, "rfc9530/content-digest.json");
  std::size_t at = vectors.find("\"vectors\"");
  int checked = 0;
  for (at = vectors.find('{', at); at != std::string::npos; at = vectors.find('{', at)) {
    // The bodies hold escaped braces, which object_at() counts in pairs.
    const std::string vector = object_at(vectors, at);
    at += vector.size();
    const std::string body = text_of(vector, "body_utf8");
    for (const char* name : {"sha-256", "sha-512"}) {
      const std::string digest = text_of(vector, name);
      if (digest.empty()) continue;
      const bool sha256 = std::string_view(name) == "sha-256";
      const std::string header = std::string(name) + "=:" + digest + ":";
      EXPECT_EQ(content_digest(body, sha256 ? DigestAlgorithm::kSha256 : DigestAlgorithm::kSha512),
                header);
      EXPECT_TRUE(verify_content_digest(header, body));
      ++checked;
    }
  }
  EXPECT_EQ(checked, 4);
}

}  // namespace
}  // namespace cw::crypto
