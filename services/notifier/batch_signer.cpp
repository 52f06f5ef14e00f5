#include "notifier/batch_signer.hpp"

#include "lib/crypto/content_digest.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/domain/ids.hpp"

#include <array>
#include <chrono>

namespace cw::notifier {
namespace {

using Headers = std::vector<crypto::HeaderField>;

template <class Key>
Result<std::vector<Key>> load_all(const std::vector<std::string>& names,
                                  const std::string& folder) {
  std::vector<Key> keys;
  for (const std::string& name : names) {
    // The name comes from control: it must not lead out of the folder.
    if (!is_id(name) || name.front() == '.') {
      return Error{Errc::kKeyInvalid, "feed signing_secret is not a file name"};
    }
    auto key = Key::load(folder + "/" + name);
    if (!key) return Error{key.error().code, "signing secret: " + key.error().detail};
    keys.push_back(std::move(key).value());
  }
  if (keys.empty()) return Error{Errc::kKeyInvalid, "the feed has no signing_secret"};
  return keys;
}

struct Signing {
  const SignedPush& push;
  Instant at;

  Result<Headers> operator()(const std::vector<crypto::WebhookSigner>& keys) const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    const crypto::WebhookMessage message{.id = push.id, .timestamp = seconds, .body = push.body};
    return Headers{{"webhook-id", std::string(push.id)},
                   {"webhook-timestamp", std::to_string(seconds)},
                   {"webhook-signature", crypto::webhook_signature(keys, message)}};
  }

  Result<Headers> operator()(const std::vector<crypto::SigningKey>& keys) const {
    const std::array<crypto::HeaderField, 2> covered{
        crypto::HeaderField{"Content-Type", push.content_type},
        crypto::HeaderField{"Content-Digest", crypto::content_digest(push.body)}};
    const crypto::MessageView message{
        .method = "POST", .target_uri = push.target_uri, .headers = covered};
    auto headers = crypto::sign_message(keys, message, {.created = at});
    if (headers) headers.value().push_back(covered[1]);
    return headers;
  }
};

}  // namespace

Result<BatchSigner> BatchSigner::load(const FeedSettings& settings,
                                      const std::string& secrets_dir) {
  if (settings.signature == FeedSignature::kStandardWebhooks) {
    auto keys = load_all<crypto::WebhookSigner>(settings.secrets(), secrets_dir);
    if (!keys) return keys.error();
    return BatchSigner{std::move(keys).value()};
  }
  auto keys = load_all<crypto::SigningKey>(settings.secrets(), secrets_dir);
  if (!keys) return keys.error();
  return BatchSigner{std::move(keys).value()};
}

Result<std::vector<crypto::HeaderField>> BatchSigner::headers(const SignedPush& push,
                                                              Instant at) const {
  return std::visit(Signing{push, at}, keys_);
}

}  // namespace cw::notifier
