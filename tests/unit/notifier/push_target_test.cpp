// Which key is encrypted to, which secrets sign, and what a receiver sees of it.
#include "feed_samples.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/http/server.hpp"
#include "notifier/expiries.hpp"
#include "notifier/pusher.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;

const Instant kChange = parse_instant("2026-06-01T00:00:00Z").value();
constexpr const char* kOtherSecret = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=";

FeedKey key(const crypto::PrivateKey& of) {
  return {.jwk = of.public_key().to_jwk()};
}

struct PushTargetTest : ::testing::Test {
  cw::test::TempDir secrets;
  FeedSettings feed = settings("https://issuer.example/feeds/jcb-a");

  PushTargetTest() { secrets.write("jcb-a", kSecret); }
  [[nodiscard]] Result<PushTarget> resolve(Instant at = kChange) const {
    return resolve_target(feed, secrets.path().string(), at);
  }
};

TEST_F(PushTargetTest, TheNewestKeyOfNowIsTakenUntilAnotherIsToBe) {
  const auto old_key = crypto::PrivateKey::generate(crypto::KeyType::kEcP256);
  const auto new_key = crypto::PrivateKey::generate(crypto::KeyType::kX25519);
  feed.encryption_key.clear();
  feed.encryption_keys = {key(new_key), key(old_key)};
  feed.encryption_keys[0].not_before = kChange;
  feed.encryption_keys[1].not_after = kChange + 24h;

  const auto before = resolve(kChange - 1ms);
  ASSERT_TRUE(before) << before.error().detail;
  EXPECT_EQ(before.value().key.kid(), old_key.kid());
  EXPECT_TRUE(before.value().current_at(kChange - 1ms));
  EXPECT_FALSE(before.value().current_at(kChange));
  EXPECT_EQ(resolve(kChange).value().key.kid(), new_key.kid());
  EXPECT_FALSE(resolve(kChange + 24h).value().key_until) << "nothing more will change";
}

TEST_F(PushTargetTest, WithoutAUsableKeyNothingIsSent) {
  feed.encryption_keys = {{.jwk = feed.encryption_key, .not_after = kChange}};
  feed.encryption_key.clear();
  EXPECT_TRUE(resolve(kChange - 1ms));
  EXPECT_EQ(resolve(kChange).error().code, Errc::kKeyInvalid);
  feed.encryption_keys[0] = {.jwk = R"({"kty":"RSA"})"};
  EXPECT_EQ(resolve(kChange).error().code, Errc::kKeyInvalid);
}

TEST_F(PushTargetTest, AllSecretsSign) {
  feed.signing_secret.clear();
  feed.signing_secrets = {"jcb-a", "jcb-a-2"};
  EXPECT_EQ(resolve().error().code, Errc::kFileRead);
  secrets.write("jcb-a-2", kOtherSecret);
  const auto target = resolve();
  ASSERT_TRUE(target) << target.error().detail;
  const auto headers =
      target.value()
          .signer
          .headers({.id = "b-1", .target_uri = {}, .content_type = {}, .body = "content"}, kChange)
          .value();
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0], (crypto::HeaderField{"webhook-id", "b-1"}));
  for (const std::string_view secret : {kSecret, std::string_view(kOtherSecret)}) {
    const std::vector known{crypto::WebhookVerifier::parse(Sensitive{secret}).value()};
    EXPECT_TRUE(crypto::verify_webhook(
        known,
        {.id = headers[0].second, .timestamp = headers[1].second, .signature = headers[2].second},
        "content",
        kChange));
  }
}

TEST_F(PushTargetTest, SecretsAreOfTheKindThatTheSettingsName) {
  feed.signature = FeedSignature::kHttpMessageSignatures;
  EXPECT_EQ(resolve().error().code, Errc::kKeyInvalid) << "a whsec_ is no PEM";
  feed.signing_secret = "../jcb-a";
  EXPECT_EQ(resolve().error().code, Errc::kKeyInvalid);
  feed.signing_secret.clear();
  EXPECT_EQ(resolve().error().code, Errc::kKeyInvalid) << "nothing is sent unsigned";
}

TEST_F(PushTargetTest, WhatEndsIsKnownOfEachIssuer) {
  const cw::test::TestCa ca{{cw::test::CertificateKind::kClient, "notifier"}};
  const auto files = ca.files("notifier");
  const auto tls =
      http::TlsContext::load(http::TlsContext::Role::kClient,
                             {files.certificate.string(), files.key.string(), ca.ca().string()})
          .value();
  KeyRing ring = keys().ring();
  ControlView control{ring};
  feed.encryption_keys = {{.jwk = feed.encryption_key, .not_after = kChange}};
  feed.encryption_key.clear();
  ASSERT_TRUE(control.apply(codec::encode(ControlRecord{issuer_record(1, feed)})));
  tls->note_server("https://issuer.example:443", kChange + 1h);

  const auto all = expiries(control, *tls, /*own_push_certificate=*/true, kChange - 24h);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, "push_certificate");
  EXPECT_EQ(all[0].ends, tls->expires_at());
  EXPECT_EQ(all[1].kind, "encryption_key");
  EXPECT_EQ(all[1].issuer, kIssuer.get());
  EXPECT_EQ(all[1].ends, kChange);
  EXPECT_EQ(all[2].kind, "issuer_certificate");
  EXPECT_EQ(all[2].ends, kChange + 1h);
}

/// An endpoint that checks HTTP message signatures as an issuer would.
class SignedPushTest : public PushTargetTest {
 protected:
  SignedPushTest() : work_(boost::asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {
    http::Router router;
    router.add("POST",
               "/feeds/{issuer}",
               {},
               [this](const http::Request& request, http::BodyReader& body) {
                 return receive(request, body);
               });
    server_ = std::make_unique<http::Server>(io_.get_executor(),
                                             http::ServerOptions{},
                                             std::move(router),
                                             tls(http::TlsContext::Role::kServer, "issuer"));
    const auto port = server_->start().value();
    feed.url = "https://LOCALHOST:" + std::to_string(port) + "/feeds/jcb-a";
    feed.signature = FeedSignature::kHttpMessageSignatures;
    secrets.write("jcb-a", std::string(signing_.to_pem().reveal()));
  }
  ~SignedPushTest() override {
    server_->stop(1s);
    work_.reset();
    io_.stop();
    thread_.join();
  }

  std::shared_ptr<http::TlsContext> tls(http::TlsContext::Role role, const std::string& name) {
    static const cw::test::TestCa kCa{{cw::test::CertificateKind::kServer, "issuer"},
                                      {cw::test::CertificateKind::kClient, "notifier"}};
    const auto files = kCa.files(name);
    return http::TlsContext::load(
               role, {files.certificate.string(), files.key.string(), kCa.ca().string()})
        .value();
  }

  http::Task<http::Response> receive(const http::Request& request, http::BodyReader& body) {
    const auto text = co_await body.read_all(1U << 20U);
    const std::string host{request.headers.find("host").value_or("")};
    const std::string uri = "https://" + host + request.path;
    const crypto::MessageView message{
        .method = request.method, .target_uri = uri, .headers = request.headers.all()};
    const std::vector known{signing_.verification_key()};
    const auto verified = crypto::verify_message(known, message, text.value(), {}, now(), &nonces_);
    verdict_ = verified ? verified.value().keyid : verified.error().detail;
    co_return http::Response::empty(verified ? 202 : 401);
  }

  PushOutcome push() {
    Pusher pusher{io_.get_executor(),
                  boost::asio::make_strand(io_),
                  tls(http::TlsContext::Role::kClient, "notifier"),
                  config_};
    const auto target = resolve(now());
    EXPECT_TRUE(target) << target.error().detail;
    const BuiltBatch batch{.id = "b-1", .body = "a.b.c.d.e"};
    return boost::asio::co_spawn(io_, pusher.push(target.value(), batch), boost::asio::use_future)
        .get();
  }

  crypto::SigningKey signing_ = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
  crypto::NonceBook nonces_;
  std::string verdict_;
  PushConfig config_;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

TEST_F(SignedPushTest, IsAcceptedByAReceiverThatVerifiesWhatItSees) {
  EXPECT_EQ(push().event.kind, DeliveryEvent::Kind::kAccepted) << verdict_;
  EXPECT_EQ(verdict_, signing_.keyid());
  EXPECT_EQ(push().event.kind, DeliveryEvent::Kind::kAccepted)
      << "the same batch again is signed anew: " << verdict_;
  EXPECT_EQ(nonces_.size(), 2U);
}

}  // namespace
}  // namespace cw::notifier
