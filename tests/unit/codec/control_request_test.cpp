#include "lib/codec/control_request.hpp"

#include <gtest/gtest.h>

namespace cw::codec {
namespace {

std::string incident_with(std::string_view attributes, std::string_view zone = "Asia/Tokyo") {
  return R"({"id":"i","version":1,"name":"n","time_zone":")" + std::string(zone) +
         R"(","state":"open","since":"2009-07-14","attributes":)" + std::string(attributes) +
         R"(,"files":[]})";
}

TEST(IncidentRequest, AnAttributeNamedLikeACardVerificationValueIsRefused) {
  for (const std::string_view name : {"cvv", "CVC2", "Card PIN", "track_2", "security-code"}) {
    const auto request = decode_incident_request(incident_with("[\"" + std::string(name) + "\"]"));
    ASSERT_FALSE(request) << name;
    EXPECT_EQ(request.error().code, Errc::kSensitiveData) << name;
  }
  EXPECT_TRUE(decode_incident_request(incident_with(R"(["shipping","channel","pinnacle"])")));
}

TEST(IncidentRequest, AttributesMustNotRepeatOrStandForOtherColumns) {
  for (const std::string_view list :
       {R"(["a","a"])", R"(["pan"])", R"(["member"])", R"(["file"])"}) {
    const auto request = decode_incident_request(incident_with(list));
    ASSERT_FALSE(request) << list;
    EXPECT_EQ(request.error().code, Errc::kSchemaViolation);
  }
}

TEST(IncidentRequest, AnUnknownTimeZoneIsRefused) {
  const auto request = decode_incident_request(incident_with("[]", "Asia/Tokio"));
  ASSERT_FALSE(request);
  EXPECT_NE(request.error().detail.find("/time_zone"), std::string::npos);
}

TEST(IncidentRequest, UnknownAndRepeatedMembersAreRefused) {
  auto text = incident_with("[]");
  text.insert(1, R"("nmae":"x",)");
  const auto unknown = decode_incident_request(text);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().detail.find("nmae"), std::string::npos);
  text = incident_with("[]");
  text.insert(1, R"("version":2,)");
  EXPECT_FALSE(decode_incident_request(text)) << "which version would stand?";
}

TEST(IncidentRequest, AFileThatIsDeclaredTwiceIsRefused) {
  const std::string file = R"({"name":"f","at_risk_from":"2008-01-01","at_risk_to":"2008-02-01"})";
  auto text = incident_with("[]");
  text.replace(text.find("\"files\":[]"), 10, "\"files\":[" + file + "," + file + "]");
  const auto request = decode_incident_request(text);
  ASSERT_FALSE(request);
  EXPECT_NE(request.error().detail.find("/files/1"), std::string::npos);
}

TEST(IncidentRequest, ARiskWindowMustNotEndBeforeItBegins) {
  auto text = incident_with("[]");
  text.replace(text.find("\"files\":[]"),
               10,
               R"("files":[{"name":"f","at_risk_from":"2008-02-02","at_risk_to":"2008-02-01"}])");
  EXPECT_EQ(decode_incident_request(text).error().code, Errc::kSchemaViolation);
}

TEST(IssuerRequest, TheIdOfUnassignedCardsIsTaken) {
  const auto request =
      decode_issuer_request(R"({"id":"unassigned","version":1,"name":"n","iin_ranges":["4"]})");
  EXPECT_EQ(request.error().code, Errc::kSchemaViolation);
}

TEST(IssuerRequest, APrivateKeyIsRefusedWithoutShowingIt) {
  const auto request = decode_issuer_request(
      R"({"id":"i","version":1,"name":"n","iin_ranges":["4"],"feed":{"url":"https://x/",)"
      R"("encryption_key":{"kty":"EC","d":"c2VjcmV0"},"signing_secret":"s"}})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().detail.find("c2VjcmV0"), std::string::npos);
}

Result<IssuerRequest> issuer_with(const std::string& feed) {
  return decode_issuer_request(R"({"id":"i","version":1,"name":"n","iin_ranges":["4"],"feed":)" +
                               feed + "}");
}

TEST(IssuerRequest, AKeyMustNotEndBeforeItBegins) {
  const auto feed = [](const char* not_after) {
    return std::string(R"({"url":"https://x/","encryption_keys":[{"key":{"kty":"EC"},)") +
           R"("not_before":"2009-09-01T09:00:00+09:00","not_after":")" + not_after +
           R"("}],"signing_secret":"s"})";
  };
  EXPECT_TRUE(issuer_with(feed("2009-09-01T00:00:00.001Z")));
  const auto refused = issuer_with(feed("2009-09-01T00:00:00Z"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("/feed/encryption_keys/0/not_after"), std::string::npos);
}

TEST(IssuerRequest, AFeedWithoutAUrlIsPulled) {
  const auto pulled = issuer_with(R"({"encryption_key":{"kty":"OKP"}})");
  ASSERT_TRUE(pulled) << pulled.error().detail;
  EXPECT_EQ(pulled.value().issuer.feed->mode, FeedMode::kPull);
  EXPECT_FALSE(issuer_with(R"({"encryption_key":{"kty":"OKP"},"mode":"push"})"));
  const auto pushed =
      issuer_with(R"({"url":"https://x/","encryption_key":{"kty":"EC"},"signing_secret":"s"})");
  ASSERT_TRUE(pushed);
  EXPECT_EQ(pushed.value().issuer.feed->mode, FeedMode::kPush);
}

TEST(ScopeRequest, ModeIsReplaceUnlessItSaysAdd) {
  const auto plain = decode_scope_request(R"({"predicate":{"any":[]}})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain.value().mode, ScopeMode::kReplace);
  const auto add = decode_scope_request(R"({"predicate":{"any":[]},"mode":"add"})");
  ASSERT_TRUE(add);
  EXPECT_EQ(add.value().mode, ScopeMode::kAdd);
}

TEST(ApproveRequest, AnEmptyBodyApprovesNow) {
  const auto request = decode_approve_request("");
  ASSERT_TRUE(request);
  EXPECT_FALSE(request.value().effective_at);
}

TEST(Documents, AnIncidentShownCanBeSentAgain) {
  const auto request = decode_incident_request(incident_with(R"(["channel"])"));
  ASSERT_TRUE(request);
  const auto again = decode_incident_request(incident_document(request.value().incident));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(incident_document(again.value().incident), incident_document(request.value().incident));
}

}  // namespace
}  // namespace cw::codec
