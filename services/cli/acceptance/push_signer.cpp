#include "cli/acceptance/push_signer.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/crypto/content_digest.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/crypto/random.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace cw::cli {
namespace {

constexpr std::size_t kSecretBytes = 32;

crypto::WebhookSigner other_secret() {
  std::array<std::uint8_t, kSecretBytes> bytes{};
  crypto::random_bytes(bytes);
  const std::string secret(bytes.begin(), bytes.end());
  return crypto::WebhookSigner::parse(Sensitive("whsec_" + crypto::base64_encode(secret))).value();
}

crypto::SigningKey other_key(const crypto::SigningKey& like) {
  const auto key = crypto::SigningKey::generate(like.algorithm());
  return crypto::SigningKey::from_pem(key.to_pem(), like.keyid()).value();
}

template <class Key>
Result<std::vector<Key>> load_all(const std::vector<std::string>& files) {
  std::vector<Key> keys;
  for (const std::string& file : files) {
    auto key = Key::load(file);
    if (!key) return std::move(key).error();
    keys.push_back(std::move(key).value());
  }
  return keys;
}

}  // namespace

Result<PushSigner> PushSigner::webhooks(const std::vector<std::string>& files) {
  auto keys = load_all<crypto::WebhookSigner>(files);
  if (!keys) return std::move(keys).error();
  return PushSigner(std::move(keys).value());
}

Result<PushSigner> PushSigner::messages(const std::vector<std::string>& files) {
  auto keys = load_all<crypto::SigningKey>(files);
  if (!keys) return std::move(keys).error();
  return PushSigner(std::move(keys).value());
}

Result<PushSigner::Headers> PushSigner::headers(const UnsignedPush& push,
                                                Instant at,
                                                SignedBy by) const {
  return std::visit([&](const auto& keys) -> Result<Headers> { return sign(keys, push, at, by); },
                    keys_);
}

PushSigner::Headers PushSigner::sign(const WebhookKeys& keys,
                                     const UnsignedPush& push,
                                     Instant at,
                                     SignedBy by) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  const crypto::WebhookMessage message{.id = push.id, .timestamp = seconds, .body = push.body};
  Headers headers{{"webhook-id", std::string(push.id)},
                  {"webhook-timestamp", std::to_string(seconds)}};
  if (by == SignedBy::kNobody) return headers;
  headers.emplace_back("webhook-signature",
                       by == SignedBy::kStranger ? other_secret().sign(message)
                                                 : crypto::webhook_signature(keys, message));
  return headers;
}

Result<PushSigner::Headers> PushSigner::sign(const MessageKeys& keys,
                                             const UnsignedPush& push,
                                             Instant at,
                                             SignedBy by) {
  const std::array<crypto::HeaderField, 2> covered{
      crypto::HeaderField{"Content-Type", push.content_type},
      crypto::HeaderField{"Content-Digest", crypto::content_digest(push.body)}};
  if (by == SignedBy::kNobody) return Headers{covered[1]};
  MessageKeys signing = keys;
  if (by == SignedBy::kStranger) {
    for (crypto::SigningKey& key : signing) key = other_key(key);
  }
  const crypto::MessageView message{
      .method = "POST", .target_uri = push.target_uri, .headers = covered};
  auto headers = crypto::sign_message(signing, message, {.created = at});
  if (headers) headers.value().push_back(covered[1]);
  return headers;
}

std::vector<std::string> PushSigner::keyids() const {
  std::vector<std::string> ids;
  if (const auto* keys = std::get_if<MessageKeys>(&keys_)) {
    for (const crypto::SigningKey& key : *keys) ids.push_back(key.keyid());
  }
  return ids;
}

}  // namespace cw::cli
