#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/message_components.hpp"
#include "lib/crypto/signature_key.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/domain/feed_settings.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cw::notifier {

/// What is signed of a push.
struct SignedPush {
  std::string_view id;          ///< The batch's, the same on every retry.
  std::string_view target_uri;  ///< As the receiver will see it: "https://host[:port]/path?query".
  std::string_view content_type;
  std::string_view body;  ///< The bytes sent.
};

/// Signs pushes to one issuer by all of its signing secrets, in the way that its settings name.
/// Cheap to copy. THREAD: safe.
class BatchSigner {
 public:
  /// Reads the secrets from `secrets_dir`: for Standard Webhooks `whsec_` or `whsk_` texts, for
  /// HTTP message signatures private keys in PEM (Ed25519, P-256), named to the issuer by their
  /// thumbprint. Fails with kKeyInvalid (also: no secret, or a name that is no file name) or
  /// kFileRead.
  [[nodiscard]] static Result<BatchSigner> load(const FeedSettings& settings,
                                                const std::string& secrets_dir);

  /// The headers to send, besides Content-Type, for an attempt at `at`.
  [[nodiscard]] Result<std::vector<crypto::HeaderField>> headers(const SignedPush& push,
                                                                 Instant at) const;

 private:
  using WebhookKeys = std::vector<crypto::WebhookSigner>;
  using MessageKeys = std::vector<crypto::SigningKey>;
  explicit BatchSigner(std::variant<WebhookKeys, MessageKeys> keys) : keys_(std::move(keys)) {}

  std::variant<WebhookKeys, MessageKeys> keys_;
};

}  // namespace cw::notifier
