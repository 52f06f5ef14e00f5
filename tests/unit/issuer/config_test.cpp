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
