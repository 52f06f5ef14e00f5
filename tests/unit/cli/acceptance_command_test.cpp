// Goal: `cardwatch feed acceptance` signs as the issuer chose, and says which key it lacks.
// Method: the whole program in this process, against a listener that proves each push.
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/http/server.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cw::cli {
namespace {

using crypto::SignatureAlgorithm;
using cw::test::CertificateKind;

class AcceptanceCommandTest : public testing::Test {
 protected:
  AcceptanceCommandTest() : work_(boost::asio::make_work_guard(io_)) {
    static const cw::test::TestCa kCa{{CertificateKind::kServer, "receiver"},
                                      {CertificateKind::kClient, "notifier"}};
    http::Router router{http::Principals{{{.name = "notifier", .roles = {"feed"}}}}};
    router.add("POST",
               "/feeds/{issuer}",
               {.role = "feed", .body_bytes_max = 1U << 20U},
               [this](const http::Request& request, http::BodyReader& body) {
                 return take(request, body);
               });
    const auto files = kCa.files("receiver");
    auto tls =
        http::TlsContext::load(http::TlsContext::Role::kServer,
                               {files.certificate.string(), files.key.string(), kCa.ca().string()});
    server_ = std::make_unique<http::Server>(
        io_.get_executor(), http::ServerOptions{.name = "receiver"}, router, tls.value());
    url_ = "https://localhost:" + std::to_string(server_->start().value()) + "/feeds/card-a";
    client_ = kCa.files("notifier");
    ca_ = kCa.ca().string();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~AcceptanceCommandTest() override {
    work_.reset();
    io_.stop();
    thread_.join();
  }

  /// Notes who signed; the answer is one that fails the first check and so ends the run.
  http::Task<http::Response> take(const http::Request& request, http::BodyReader& body) {
    const auto content = co_await body.read_all(1U << 20U);
    ++pushes_;
    const auto header = [&](std::string_view name) {
      return std::string(request.headers.find(name).value_or(""));
    };
    has_webhook_ = request.headers.find("webhook-signature").has_value();
    const auto verified = crypto::verify_message(
        known_,
        {.method = request.method, .target_uri = url_, .headers = request.headers.all()},
        content.value(),
        {},
        now(),
        &nonces_);
    signed_by_ = verified ? verified.value().keyid : std::string(name(verified.error().code));
    const auto secret = crypto::WebhookVerifier::parse(Sensitive(kSecret)).value();
    genuine_webhook_ = crypto::verify_webhook({&secret, 1},
                                              {.id = header("webhook-id"),
                                               .timestamp = header("webhook-timestamp"),
                                               .signature = header("webhook-signature")},
                                              content.value(),
                                              now(),
                                              std::chrono::minutes{5})
                           .has_value();
    co_return http::Response::empty(503);
  }

  /// Runs `cardwatch feed acceptance ... ARGS`; stderr is in talk_.
  ExitCode run(std::initializer_list<std::string> arguments) {
    std::vector<std::string> words = {"cardwatch",
                                      "feed",
                                      "acceptance",
                                      "--issuer",
                                      "card-a",
                                      "--url",
                                      url_,
                                      "--ca",
                                      ca_,
                                      "--client-certificate",
                                      client_.certificate.string(),
                                      "--client-key",
                                      client_.key.string(),
                                      "--encryption-key",
                                      encryption_key_};
    words.insert(words.end(), arguments);
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::run(static_cast<int>(argv.size()), argv.data());
    testing::internal::GetCapturedStdout();
    talk_ = testing::internal::GetCapturedStderr();
    return static_cast<ExitCode>(code);
  }

  std::string key_file(const std::string& name, const crypto::SigningKey& key) {
    known_.push_back(key.verification_key());
    return dir_.write(name, key.to_pem().reveal()).string();
  }

  static constexpr std::string_view kSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  test::TempDir dir_;
  std::string secret_ = dir_.write("card-a.whsec", kSecret).string();
  std::string encryption_key_ =
      dir_.write("card-a.jwk",
                 crypto::PrivateKey::generate(crypto::KeyType::kEcP256).public_key().to_jwk())
          .string();
  std::string talk_;
  std::vector<crypto::VerificationKey> known_;
  crypto::NonceBook nonces_;
  int pushes_ = 0;
  bool has_webhook_ = false;
  bool genuine_webhook_ = false;
  std::string signed_by_;  ///< A keyid, or why none.

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::string url_;
  std::string ca_;
  cw::test::CertificateFiles client_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

TEST_F(AcceptanceCommandTest, SignsWithStandardWebhooksUnlessTold) {
  EXPECT_EQ(run({"--signing-secret", secret_}), ExitCode::kDifferent);
  EXPECT_GE(pushes_, 1);
  EXPECT_TRUE(genuine_webhook_);
  EXPECT_EQ(talk_.find("keyid"), std::string::npos) << talk_;
}

TEST_F(AcceptanceCommandTest, SignsMessagesWithKeysOfBothKinds) {
  for (const auto algorithm :
       {SignatureAlgorithm::kEd25519, SignatureAlgorithm::kEcdsaP256Sha256}) {
    const auto key = crypto::SigningKey::generate(algorithm);
    known_.clear();
    const std::string file = key_file("signing.pem", key);
    pushes_ = 0;
    EXPECT_EQ(run({"--signature", "http-message-signatures", "--signing-key", file}),
              ExitCode::kDifferent);
    EXPECT_GE(pushes_, 2) << "each under a nonce of its own";
    EXPECT_EQ(signed_by_, key.keyid());
    EXPECT_FALSE(has_webhook_);
    EXPECT_NE(talk_.find("signing with keyid " + key.keyid()), std::string::npos) << talk_;
  }
}

TEST_F(AcceptanceCommandTest, EveryKeySigns) {
  const auto first = crypto::SigningKey::generate(SignatureAlgorithm::kEd25519);
  const auto second = crypto::SigningKey::generate(SignatureAlgorithm::kEcdsaP256Sha256);
  const std::string one = key_file("one.pem", first);
  const std::string two = key_file("two.pem", second);
  known_ = {second.verification_key()};
  EXPECT_EQ(
      run({"--signature", "http-message-signatures", "--signing-key", one, "--signing-key", two}),
      ExitCode::kDifferent);
  EXPECT_EQ(signed_by_, second.keyid());
}

TEST_F(AcceptanceCommandTest, AMissingKeyIsNamedAndNothingIsSent) {
  const std::string key =
      key_file("signing.pem", crypto::SigningKey::generate(SignatureAlgorithm::kEd25519));
  EXPECT_EQ(run({}), ExitCode::kUsage);
  EXPECT_NE(talk_.find("--signing-secret"), std::string::npos) << talk_;
  EXPECT_EQ(run({"--signature", "http-message-signatures"}), ExitCode::kUsage);
  EXPECT_NE(talk_.find("--signing-key"), std::string::npos) << talk_;
  EXPECT_EQ(run({"--signature", "http-message-signatures", "--signing-secret", secret_}),
            ExitCode::kUsage);
  EXPECT_NE(talk_.find("--signing-key (which goes with --signature http-message-signatures)"),
            std::string::npos)
      << talk_;
  EXPECT_EQ(run({"--signing-key", key}), ExitCode::kUsage);
  EXPECT_NE(talk_.find("--signing-secret (which goes with --signature standard-webhooks)"),
            std::string::npos)
      << talk_;
  EXPECT_EQ(run({"--signing-key", key, "--signing-secret", secret_}), ExitCode::kUsage);
  EXPECT_EQ(run({"--signature", "smoke", "--signing-secret", secret_}), ExitCode::kUsage);
  EXPECT_EQ(pushes_, 0);
}

TEST_F(AcceptanceCommandTest, AKeyThatCannotSignIsRefused) {
  const auto code = run({"--signature", "http-message-signatures", "--signing-key", secret_});
  EXPECT_NE(code, ExitCode::kOk);
  EXPECT_NE(code, ExitCode::kDifferent);
  EXPECT_NE(talk_.find("KEY_INVALID"), std::string::npos) << talk_;
  EXPECT_EQ(pushes_, 0);
}

}  // namespace
}  // namespace cw::cli
