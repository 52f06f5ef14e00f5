#include "lib/crypto/jwk.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/match_key.hpp"
#include "lib/crypto/webhook_signature.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace cw::crypto {
namespace {

/// What scripts/make-test-keys writes, made once by the openssl command line: keys of another maker
/// than this library.
class TestKeys : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = (std::filesystem::temp_directory_path() / "cardwatch-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder().data()), nullptr);
    const std::string command =
        CW_SOURCE_DIR "/scripts/make-test-keys " + folder() + " --issuer jcb-a";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }

  static std::string& folder() {
    static std::string path;
    return path;
  }
  static std::string file(const std::string& name) { return folder() + "/" + name; }
  static Sensitive content(const std::string& name) {
    return read_key_file(file(name)).value().content;
  }
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
  const std::string encrypt = "openssl pkey -aes256 -passout pass:x -in " + file("vault.key") +
                              " -out " + file("encrypted.pem");
  ASSERT_EQ(std::system(encrypt.c_str()), 0);
  EXPECT_EQ(PrivateKey::load(file("encrypted.pem")).error().code, Errc::kKeyInvalid);
}

}  // namespace
}  // namespace cw::crypto
