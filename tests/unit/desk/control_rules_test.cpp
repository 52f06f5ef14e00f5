#include "desk/control_rules.hpp"

#include "desk_samples.hpp"

#include <gtest/gtest.h>

namespace cw::desk {
namespace {

using namespace test;

const Incident& incident_of(const Result<Decision>& decision) {
  return std::get<Incident>(*decision.value().record);
}

Errc code_of(const Result<Decision>& decision) {
  EXPECT_FALSE(decision.has_value());
  return decision ? Errc::kInternal : decision.error().code;
}

TEST(PutIncident, TheFirstVersionIsCreatedNow) {
  const auto decision = put_incident(Control{}, incident_request(), desk_a());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision.value().change, Change::kCreated);
  EXPECT_EQ(decision.value().number, 1U);
  EXPECT_EQ(incident_of(decision).effective_at, kNow);
  EXPECT_EQ(incident_of(decision).by, Principal{"desk-a"});
  EXPECT_FALSE(incident_of(decision).imported);
}

TEST(PutIncident, AnEqualDocumentIsUnchanged) {
  const auto decision = put_incident(with_incident(), incident_request(), desk_a());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision.value().change, Change::kUnchanged);
  EXPECT_FALSE(decision.value().record.has_value());
}

TEST(PutIncident, TheNextVersionIsAnUpdate) {
  auto request = incident_request();
  request.incident.version = 2;
  request.incident.name = "renamed";
  const auto decision = put_incident(with_incident(), request, desk_a());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision.value().change, Change::kUpdated);
  EXPECT_EQ(decision.value().number, 2U);
}

TEST(PutIncident, AnotherIncidentWithTheSameIdIsRefusedNamingWhatDiffers) {
  auto request = incident_request();
  request.incident.name = "another leak";
  request.incident.time_zone = "UTC";
  const auto decision = put_incident(with_incident(), request, desk_a());
  ASSERT_EQ(code_of(decision), Errc::kIncidentExists);
  EXPECT_NE(decision.error().detail.find("version 1 stands"), std::string::npos);
  EXPECT_NE(decision.error().detail.find("name, time_zone"), std::string::npos);
}

TEST(PutIncident, VersionsAreNeitherSkippedNorTakenBack) {
  auto request = incident_request();
  request.incident.version = 3;
  EXPECT_EQ(code_of(put_incident(with_incident(), request, desk_a())), Errc::kIncidentExists);
  auto control = with_incident();
  auto second = incident();
  second.version = 2;
  control.apply(second);
  EXPECT_EQ(code_of(put_incident(control, incident_request(), desk_a())), Errc::kIncidentExists);
  request.incident.id = IncidentId{"new"};
  EXPECT_EQ(code_of(put_incident(control, request, desk_a())), Errc::kConflict);
}

TEST(PutIncident, OnlyAnImportSaysWhenItTookEffect) {
  auto request = incident_request();
  request.effective_at = at("2009-07-13T00:00:00Z");
  EXPECT_EQ(code_of(put_incident(Control{}, request, desk_a())), Errc::kImportForbidden);
  const auto decision = put_incident(Control{}, request, importer());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(incident_of(decision).effective_at, *request.effective_at);
  EXPECT_TRUE(incident_of(decision).imported);
}

TEST(PutIncident, AnImportedDocumentSentAgainIsUnchangedUnlessItsTimeDiffers) {
  auto request = incident_request();
  request.effective_at = incident().effective_at;
  EXPECT_TRUE(put_incident(with_incident(), request, importer()).has_value());
  request.effective_at = at("2009-07-01T00:00:00Z");
  const auto decision = put_incident(with_incident(), request, importer());
  ASSERT_EQ(code_of(decision), Errc::kIncidentExists);
  EXPECT_NE(decision.error().detail.find("effective_at"), std::string::npos);
}

TEST(PutIncident, NothingTakesEffectInTheFuture) {
  auto request = incident_request();
  request.effective_at = kNow + std::chrono::milliseconds{1};
  EXPECT_EQ(code_of(put_incident(Control{}, request, importer())), Errc::kTimestampInvalid);
  request.effective_at.reset();
  request.incident.files[0].withdrawn_at = kNow + std::chrono::milliseconds{1};
  EXPECT_EQ(code_of(put_incident(Control{}, request, desk_a())), Errc::kTimestampInvalid);
  request.incident.files[0].withdrawn_at = kNow;
  EXPECT_TRUE(put_incident(Control{}, request, desk_a()).has_value());
}

TEST(PutIncident, FilesAndAttributesAreNotTakenAway) {
  auto request = incident_request();
  request.incident.version = 2;
  request.incident.files.clear();
  auto decision = put_incident(with_incident(), request, desk_a());
  ASSERT_EQ(code_of(decision), Errc::kConflict);
  EXPECT_NE(decision.error().detail.find("extract-1"), std::string::npos);
  request = incident_request();
  request.incident.version = 2;
  request.incident.attributes = {"channel"};
  decision = put_incident(with_incident(), request, desk_a());
  ASSERT_EQ(code_of(decision), Errc::kConflict);
  EXPECT_NE(decision.error().detail.find("product"), std::string::npos);
}

codec::IssuerRequest issuer_request(std::string_view id, std::vector<std::string> ranges) {
  return {issuer(id, std::move(ranges)), std::nullopt};
}

TEST(PutIssuer, FollowsTheVersionRule) {
  const auto created = put_issuer(Control{}, issuer_request("jcb-a", {"3569"}), desk_a());
  ASSERT_TRUE(created.has_value());
  EXPECT_EQ(created.value().change, Change::kCreated);
  const auto held = control({issuer("jcb-a", {"3569"})});
  EXPECT_EQ(put_issuer(held, issuer_request("jcb-a", {"3569"}), desk_a()).value().change,
            Change::kUnchanged);
  auto other = issuer_request("jcb-a", {"3570"});
  EXPECT_EQ(code_of(put_issuer(held, other, desk_a())), Errc::kIssuerExists);
  other.issuer.version = 2;
  EXPECT_EQ(put_issuer(held, other, desk_a()).value().change, Change::kUpdated);
}

TEST(PutIssuer, ARangeBelongsToOneIssuer) {
  const auto held = control({issuer("jcb-a", {"3569"})});
  const auto decision = put_issuer(held, issuer_request("visa-b", {"4000", "3569"}), desk_a());
  ASSERT_EQ(code_of(decision), Errc::kIinConflict);
  EXPECT_NE(decision.error().detail.find("jcb-a"), std::string::npos);
  EXPECT_EQ(code_of(put_issuer(held, issuer_request("visa-b", {"4", "4"}), desk_a())),
            Errc::kIinConflict);
  EXPECT_TRUE(put_issuer(held, issuer_request("visa-b", {"35", "35699900"}), desk_a()).has_value())
      << "longer and shorter ranges nest";
}

TEST(PutIssuer, AFreedRangeMayBeTaken) {
  auto without = issuer("jcb-a", {"3570"});
  without.version = 2;
  const auto held = control({issuer("jcb-a", {"3569"}), without});
  EXPECT_TRUE(put_issuer(held, issuer_request("visa-b", {"3569"}), desk_a()).has_value());
}

TEST(PutIssuer, TheEncryptionKeyMustBeUsable) {
  auto request = issuer_request("jcb-a", {"3569"});
  request.issuer.feed = FeedSettings{.url = "https://localhost/feeds/jcb-a",
                                     .encryption_key = R"({"kty":"RSA","n":"AA","e":"AQAB"})",
                                     .signing_secret = "jcb-a"};
  EXPECT_EQ(code_of(put_issuer(Control{}, request, desk_a())), Errc::kSchemaViolation);
}

TEST(PutIssuer, EveryEncryptionKeyOfAListMustBeUsable) {
  auto request = issuer_request("jcb-a", {"3569"});
  request.issuer.feed =
      FeedSettings{.url = "https://localhost/feeds/jcb-a",
                   .encryption_key = "",
                   .signing_secret = "jcb-a",
                   .encryption_keys = {{.jwk = R"({"kty":"RSA","n":"AA","e":"AQAB"})"}}};
  const auto refused = put_issuer(Control{}, request, desk_a());
  EXPECT_EQ(code_of(refused), Errc::kSchemaViolation);
  EXPECT_NE(refused.error().detail.find("/feed/encryption_keys/0/key"), std::string::npos);
}

TEST(PutIssuer, ImportsNeedTheirRole) {
  auto request = issuer_request("jcb-a", {"3569"});
  request.effective_at = at("2009-07-13T00:00:00Z");
  EXPECT_EQ(code_of(put_issuer(Control{}, request, desk_a())), Errc::kImportForbidden);
  EXPECT_TRUE(put_issuer(Control{}, request, importer()).has_value());
}

}  // namespace
}  // namespace cw::desk
