#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/message_components.hpp"
#include "lib/crypto/signature_key.hpp"
#include "lib/crypto/webhook_signature.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cw::cli {

/// A push that is to be signed.
struct UnsignedPush {
  std::string_view id;
  std::string_view target_uri;  ///< As the receiver sees it: "https://host[:port]/path?query".
  std::string_view content_type;
  std::string_view body;
};

/// Whose signature a push gets.
enum class SignedBy {
  kSender,
  kStranger,  ///< Under the name of the sender's key, where there is one, but by another key.
  kNobody,    ///< Every header but the signature.
};

/// Signs pushes in one of the two ways that an issuer may choose. THREAD: not safe.
class PushSigner {
 public:
  /// Standard Webhooks: files with `whsec_` or `whsk_`. Fails as WebhookSigner::load.
  [[nodiscard]] static Result<PushSigner> webhooks(const std::vector<std::string>& files);
  /// HTTP message signatures: files with a private key in PEM, Ed25519 or P-256. Fails as
  /// SigningKey::load.
  [[nodiscard]] static Result<PushSigner> messages(const std::vector<std::string>& files);

  /// The headers to send besides Content-Type.
  [[nodiscard]] Result<std::vector<crypto::HeaderField>> headers(const UnsignedPush& push,
                                                                 Instant at,
                                                                 SignedBy by) const;
  /// The keyids under which a receiver is told the public keys; none for Standard Webhooks.
  [[nodiscard]] std::vector<std::string> keyids() const;

 private:
  using WebhookKeys = std::vector<crypto::WebhookSigner>;
  using MessageKeys = std::vector<crypto::SigningKey>;
  using Headers = std::vector<crypto::HeaderField>;
  explicit PushSigner(std::variant<WebhookKeys, MessageKeys> keys) : keys_(std::move(keys)) {}

  [[nodiscard]] static Headers sign(const WebhookKeys& keys,
                                    const UnsignedPush& push,
                                    Instant at,
                                    SignedBy by);
  [[nodiscard]] static Result<Headers> sign(const MessageKeys& keys,
                                            const UnsignedPush& push,
                                            Instant at,
                                            SignedBy by);

  std::variant<WebhookKeys, MessageKeys> keys_;
};

}  // namespace cw::cli
