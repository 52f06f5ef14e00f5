#include "lib/crypto/jwk.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/match_key.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cw::crypto {
namespace {

/// What scripts/make-test-keys writes, made once by the openssl command line: keys of another maker
/// than this library.
class TestKeys : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TempDir>();
    const auto made = test::run_command(
        {CW_SOURCE_DIR "/scripts/make-test-keys", folder_->path(), "--issuer", "jcb-a"});
    ASSERT_EQ(made.status, 0) << made.output;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string file(const std::string& name) { return folder_->path() / name; }
  static Sensitive content(const std::string& name) {
    return read_key_file(file(name)).value().content;
  }

  inline static std::unique_ptr<test::TempDir> folder_;
};

TEST_F(TestKeys, MatchKeyAndSigningSecretLoad) {
  EXPECT_TRUE(MatchKey::load(file("match.key")).has_value());
  EXPECT_TRUE(WebhookSigner::load(file("secrets/jcb-a")).has_value());
  EXPECT_TRUE(WebhookVerifier::load(file("secrets/jcb-a")).has_value());
}

TEST_F(TestKeys, VaultHalvesBelongTogether) {
  const auto lock = VaultPublicKey::load(file("vault.pub"));
  const auto unlock = VaultPrivateKey::load(file("vault.key"));
  ASSERT_TRUE(lock.has_value());
  ASSERT_TRUE(unlock.has_value());
  EXPECT_EQ(lock.value().id(), unlock.value().id());
  const DataKey key = DataKey::generate();
  EXPECT_TRUE(unlock.value().unwrap(lock.value().wrap(key).value()).has_value());
}

TEST_F(TestKeys, IssuerKeyIsTheSameAsPemAndAsJwk) {
  const auto private_key = PrivateKey::load(file("issuers/jcb-a.key"));
  const auto jwk = PublicKey::from_jwk(content("issuers/jcb-a.jwk").reveal());
  ASSERT_TRUE(private_key.has_value());
  ASSERT_TRUE(jwk.has_value()) << jwk.error().detail;
  EXPECT_EQ(jwk.value().thumbprint(), private_key.value().public_key().thumbprint());
}

TEST_F(TestKeys, SecretsAreReadableByTheOwnerOnly) {
  for (const char* name : {"match.key", "vault.key", "issuers/jcb-a.key"}) {
    EXPECT_FALSE(read_key_file(file(name)).value().readable_by_others) << name;
  }
}

TEST_F(TestKeys, TheWrongHalfIsRefusedWithThePath) {
  const auto wrong = PublicKey::load(file("vault.key"));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, Errc::kKeyInvalid);
  EXPECT_NE(wrong.error().detail.find(file("vault.key")), std::string::npos);
  EXPECT_EQ(PrivateKey::load(file("vault.pub")).error().code, Errc::kKeyInvalid);
  EXPECT_EQ(VaultPrivateKey::load(file("missing.pem")).error().code, Errc::kFileRead);
}

// OpenSSL's own callback would wait for the passphrase on the terminal.
TEST_F(TestKeys, APassphraseIsRefusedAndNotAskedFor) {
  const auto encrypted = test::run_command({"openssl",
                                            "pkey",
                                            "-aes256",
                                            "-passout",
                                            "pass:x",
                                            "-in",
                                            file("vault.key"),
                                            "-out",
                                            file("locked.key")});
  ASSERT_EQ(encrypted.status, 0) << encrypted.output;
  EXPECT_EQ(PrivateKey::load(file("locked.key")).error().code, Errc::kKeyInvalid);
}

}  // namespace
}  // namespace cw::crypto
