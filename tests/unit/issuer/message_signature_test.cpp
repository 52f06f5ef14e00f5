// A feed whose pushes bear HTTP message signatures (RFC 9421).
#include "issuer/inbox.hpp"
#include "lib/crypto/content_digest.hpp"
#include "support/temp_dir.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kUrl = "https://card-a.example/feed";

class MessageSignatureTest : public testing::Test {
 protected:
  MessageSignatureTest() {
    auto keys = sender_.receiver_keys();
    keys.signing.clear();
    keys.message_signing = {old_key_.verification_key(), key_.verification_key()};
    auto opened = Inbox::open(
        IssuerId{"card-a"},
        std::move(keys),
        {.journal = {.path = (dir_ / "card-a.journal").string(), .bytes_max = 1U << 20U},
         .tolerance = minutes{5},
         .url = kUrl});
    inbox_ = std::move(opened).value();
  }

  struct Message {
    std::string body;
    std::vector<crypto::HeaderField> headers;
    std::string url = kUrl;

    [[nodiscard]] Push push() const {
      return {.headers = {},
              .body = body,
              .message = {.method = "POST", .target_uri = url, .headers = headers}};
    }
  };
  [[nodiscard]] Message message(const codec::FeedBatchHead& head,
                                const std::vector<FeedSender::Entry>& entries,
                                const crypto::SigningKey& key) const {
    Message made;
    made.body = sender_.push(head, entries).body;
    made.headers = {{"Content-Type", "application/jose"},
                    {"Content-Digest", crypto::content_digest(made.body)}};
    const auto added =
        crypto::sign_message({&key, 1},
                             {.method = "POST", .target_uri = made.url, .headers = made.headers},
                             {.created = FeedSender::clock()});
    for (const auto& header : added.value()) made.headers.push_back(header);
    return made;
  }
  Errc refusal(const Message& message, Instant at = FeedSender::clock()) {
    const auto receipt = inbox_->accept(message.push(), at);
    return receipt ? Errc::kInternal : receipt.error().code;
  }

  FeedSender sender_;
  crypto::SigningKey old_key_ =
      crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEcdsaP256Sha256);
  crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
  test::TempDir dir_;
  std::unique_ptr<Inbox> inbox_;
};

TEST_F(MessageSignatureTest, EitherOfTwoOverlappingKeysWillDo) {
  EXPECT_TRUE(inbox_->accept(message(plain_head(0, 1), {{.seq = 1, .card = 1}}, old_key_).push(),
                             FeedSender::clock()));
  EXPECT_TRUE(inbox_->accept(message(plain_head(1, 2), {{.seq = 2, .card = 2}}, key_).push(),
                             FeedSender::clock()));
  EXPECT_EQ(inbox_->figures().entries, 2U);
}

TEST_F(MessageSignatureTest, RetryIsSignedAnewAndKnownByItsBatch) {
  const auto head = plain_head(0, 1);
  ASSERT_TRUE(
      inbox_->accept(message(head, {{.seq = 1, .card = 1}}, key_).push(), FeedSender::clock()));
  const auto again =
      inbox_->accept(message(head, {{.seq = 1, .card = 1}}, key_).push(), FeedSender::clock());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again.value().duplicate);
  EXPECT_EQ(inbox_->figures().duplicates, 1U);
  EXPECT_EQ(inbox_->figures().repeated_entries, 0U);
}

TEST_F(MessageSignatureTest, SameMessageAgainIsAReplay) {
  const auto sent = message(plain_head(0, 1), {{.seq = 1, .card = 1}}, key_);
  ASSERT_TRUE(inbox_->accept(sent.push(), FeedSender::clock()));
  EXPECT_EQ(refusal(sent), Errc::kSignatureReplayed);
}

TEST_F(MessageSignatureTest, AnotherBodyAddressKeyOrTimeIsRefused) {
  const auto good = message(plain_head(0, 1), {{.seq = 1, .card = 1}}, key_);
  auto other_body = good;
  other_body.body = sender_.push(plain_head(0, 1), {{.seq = 1, .card = 2}}).body;
  EXPECT_EQ(refusal(other_body), Errc::kContentDigest);
  auto other_url = good;
  other_url.url = "https://card-b.example/feed";
  EXPECT_EQ(refusal(other_url), Errc::kSignatureInvalid);
  const auto stranger = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
  EXPECT_EQ(refusal(message(plain_head(0, 1), {}, stranger)), Errc::kSignatureKey);
  EXPECT_NE(refusal(good, FeedSender::clock() + minutes{6}), Errc::kInternal);
  EXPECT_EQ(inbox_->figures().entries, 0U);
}

TEST_F(MessageSignatureTest, KindWithoutKeysIsRefused) {
  const auto webhook = sender_.push(plain_head(0, 1), {{.seq = 1, .card = 1}});
  EXPECT_EQ(inbox_->accept(webhook.push(), FeedSender::clock()).error().code,
            Errc::kSignatureInvalid);
}

}  // namespace
}  // namespace cw::issuer
