#include "issuer/config.hpp"

#include "issuer/keys.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

Result<std::vector<IssuerFiles>> issuers(const std::string& yaml) {
  Config config;
  config::Schema schema;
  config.declare(schema);
  const auto loaded = schema.load({.sets = {"journal.dir=journals", "issuers=" + yaml}});
  if (!loaded) return loaded.error();
  return config.issuers();
}

TEST(IssuerConfig, ReadsIssuersWithTheirKeyFiles) {
  const auto found = issuers(
      "[{id: card-a, encryption_keys: [a.key, old.key], signing_secrets: [a.whsec]},"
      " {id: card-b, encryption_keys: [b.key], signing_secrets: [b.whsec]}]");
  ASSERT_TRUE(found) << found.error().detail;
  ASSERT_EQ(found.value().size(), 2U);
  EXPECT_EQ(found.value()[0].encryption_keys.size(), 2U);
  EXPECT_EQ(found.value()[1].signing_secrets.at(0), "b.whsec");
}

TEST(IssuerConfig, RefusesListsThatCannotBeMeant) {
  const std::string a = "{id: card-a, encryption_keys: [k], signing_secrets: [s]}";
  EXPECT_EQ(issuers("[]").error().code, Errc::kConfigMissing);
  EXPECT_EQ(issuers("[" + a + "," + a + "]").error().code, Errc::kConfigValue);
  EXPECT_EQ(issuers("[{id: '../x', encryption_keys: [k], signing_secrets: [s]}]").error().code,
            Errc::kConfigValue);
  EXPECT_EQ(issuers("[{id: card-a, encryption_keys: [], signing_secrets: [s]}]").error().code,
            Errc::kConfigValue);
}

TEST(IssuerConfig, ReadsKeysOfMessageSignatures) {
  const auto found = issuers(
      "[{id: card-a, encryption_keys: [k], signature_keys: [a.pem, b.pem], url: 'https://a/f'}]");
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found.value()[0].signature_keys.size(), 2U);
  EXPECT_EQ(found.value()[0].url, "https://a/f");
  EXPECT_EQ(issuers("[{id: card-a, encryption_keys: [k]}]").error().code, Errc::kConfigMissing);
  EXPECT_TRUE(issuers("[{id: card-a, encryption_keys: [k], pull_url: 'https://n:1'}]"))
      << "what is fetched needs no signature";
}

TEST(IssuerConfig, ReadsHowAFeedIsFetched) {
  const std::string keys = "id: card-a, encryption_keys: [k], signing_secrets: [s]";
  const auto found = issuers("[{" + keys +
                             ", pull_url: 'https://notifier:8445', pull_wait: 5s, pull_interval: "
                             "100ms, pull_entries: no}]");
  ASSERT_TRUE(found) << found.error().detail;
  const auto& pull = found.value()[0].pull;
  EXPECT_EQ(pull.url, "https://notifier:8445");
  EXPECT_EQ(pull.wait, std::chrono::seconds{5});
  EXPECT_EQ(pull.interval, std::chrono::milliseconds{100});
  EXPECT_EQ(pull.digest_interval, std::chrono::hours{24});
  EXPECT_FALSE(pull.entries);
  EXPECT_TRUE(issuers("[{" + keys + "}]").value()[0].pull.url.empty());

  for (const char* wrong : {"pull_url: 'ftp://x'",
                            "pull_wait: 61s",
                            "pull_wait: 5",
                            "pull_interval: soon",
                            "pull_entries: maybe"}) {
    const auto refused = issuers("[{" + keys + ", " + wrong + "}]");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Errc::kConfigValue) << wrong;
  }
  EXPECT_EQ(issuers("[{" + keys + ", pull_certificate: c}]").error().code, Errc::kConfigMissing);
}

TEST(IssuerKeys, FileThatIsMissingOrNoKeyIsNamed) {
  const test::TempDir dir;
  const auto junk = dir.write("junk.key", "junk").string();
  const auto missing = (dir / "missing.key").string();

  const auto unreadable = read_keys({.id = "a", .encryption_keys = {missing}});
  const auto unusable = read_keys({.id = "a", .encryption_keys = {junk}});

  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().code, Errc::kFileRead);
  EXPECT_NE(unreadable.error().detail.find("missing.key"), std::string::npos);
  ASSERT_FALSE(unusable);
  EXPECT_EQ(unusable.error().code, Errc::kKeyInvalid);
  EXPECT_NE(unusable.error().detail.find("junk.key"), std::string::npos);
}

}  // namespace
}  // namespace cw::issuer
