#include "intake/answer.hpp"
#include "intake/upload_gate.hpp"
#include "support/temp_dir.hpp"
#include "unit/intake/workbench.hpp"

#include <filesystem>
#include <optional>

namespace cw::intake {
namespace {

codec::RowError row_error(std::uint64_t line, std::string column, Errc code) {
  return {line, std::move(column), Error{code, "why"}};
}

TEST(Answer, OfAFileIsAsTheApiSays) {
  ExposureAnswer answer{ExposureAnswer::State::kLoaded, "fk-1", "abc", RowTally{1}};
  answer.rows.accept();
  answer.rows.refuse(row_error(7, "pan", Errc::kPanLuhn));
  answer.rows.refuse(row_error(8, "", Errc::kFieldCount));
  EXPECT_EQ(answer.json(),
            R"({"status":"loaded","upload":"fk-1","records":1,"refused":2,"sha256":"abc",)"
            R"("errors":[{"line":7,"column":"pan","code":"PAN_LUHN","detail":"why"}],)"
            R"("errors_more":true})");
}

TEST(Answer, OfReportsIsAsTheApiSays) {
  ReportAnswer answer{"r-1", RowTally{10}};
  EXPECT_FALSE(answer.nothing_accepted());
  answer.rows.refuse(row_error(2, "", Errc::kFieldCount));
  EXPECT_TRUE(answer.nothing_accepted());
  EXPECT_EQ(answer.json(),
            R"({"upload":"r-1","accepted":0,"refused":1,"errors":[{"line":2,)"
            R"("code":"FIELD_COUNT","detail":"why"}],"errors_more":false})");
}

TEST(UploadGate, LetsAFileInOnceAtATime) {
  UploadGate gate{10};
  std::optional<UploadGate::Pass> first{gate.enter("i/f").value()};
  EXPECT_EQ(gate.enter("i/f").error().code, Errc::kConflict);
  EXPECT_TRUE(gate.enter("i/g").has_value());
  EXPECT_TRUE(gate.enter("").has_value());
  first.reset();
  EXPECT_TRUE(gate.enter("i/f").has_value());
}

TEST(UploadGate, BoundsUploadsInProgress) {
  UploadGate gate{1};
  std::optional<UploadGate::Pass> first{gate.enter("").value()};
  EXPECT_EQ(gate.enter("").error().code, Errc::kUnavailable);
  first.reset();
  EXPECT_TRUE(gate.enter("").has_value());
}

TEST(ControlView, ASnapshotStaysAsItWas) {
  ControlView view;
  const auto before = view.snapshot();
  view.apply({test_incident()});
  EXPECT_EQ(before->incident(IncidentId{"alico-2009"}), nullptr);
  EXPECT_NE(view.snapshot()->incident(IncidentId{"alico-2009"}), nullptr);
}

class KeyRingTest : public ::testing::Test {
 protected:
  [[nodiscard]] static Keys keys(const std::string& match_hex) {
    return {crypto::MatchKey::from_hex(Sensitive{match_hex}).value(),
            crypto::VaultPublicKey{
                crypto::PrivateKey::generate(crypto::KeyType::kEcP256).public_key()}};
  }
  std::string hex_ = crypto::random_hex(32);
};

TEST_F(KeyRingTest, TakesANewVaultKey) {
  KeyRing ring{keys(hex_)};
  const Keys next = keys(hex_);
  ASSERT_TRUE(ring.replace(next).has_value());
  EXPECT_EQ(ring.current()->vault.id(), next.vault.id());
}

TEST_F(KeyRingTest, KeepsTheMatchKeyThatItStartedWith) {
  KeyRing ring{keys(hex_)};
  const std::string id = ring.current()->match.id();
  EXPECT_EQ(ring.replace(keys(crypto::random_hex(32))).error().code, Errc::kKeyInvalid);
  EXPECT_EQ(ring.current()->match.id(), id);
}

TEST_F(KeyRingTest, SaysWhichKeyFilesAreExposed) {
  const test::TempDir dir;
  Config config;
  config.match_key = dir.write("match.key", hex_);
  std::filesystem::permissions(config.match_key, std::filesystem::perms{0600});
  EXPECT_TRUE(exposed_key_files(config).empty());
  std::filesystem::permissions(config.match_key, std::filesystem::perms{0644});
  EXPECT_EQ(exposed_key_files(config).size(), 1U);
  config.vault_public_key = dir / "missing";
  EXPECT_EQ(KeyRing::read(config).error().code, Errc::kFileRead);
}

}  // namespace
}  // namespace cw::intake
