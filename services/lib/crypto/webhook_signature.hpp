#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace cw::crypto {

/// What Standard Webhooks 1.0 signs: `id.timestamp.body`, the body being the bytes sent.
struct WebhookMessage {
  std::string_view id;         ///< The same on every retry. Must not hold a '.'.
  std::int64_t timestamp = 0;  ///< Seconds since 1970 of this attempt.
  std::string_view body;
};

/// The three headers as received.
struct WebhookHeaders {
  std::string_view id;         ///< webhook-id
  std::string_view timestamp;  ///< webhook-timestamp
  std::string_view signature;  ///< webhook-signature: a space-separated list while keys rotate
};

/// Signs: `whsec_<base64>` gives v1 (HMAC-SHA-256), `whsk_<base64>` gives v1a (Ed25519).
/// Cheap to copy. THREAD: safe.
class WebhookSigner {
 public:
  /// A secret of 24 to 64 bytes (whsec_), or an Ed25519 seed of 32 bytes, with or without the
  /// public key behind it (whsk_). Blanks around the text are allowed. Fails with kKeyInvalid.
  [[nodiscard]] static Result<WebhookSigner> parse(const Sensitive& text);
  [[nodiscard]] static Result<WebhookSigner> load(const std::string& path);

  /// One entry of the header list, e.g. "v1,g0hM9S...".
  [[nodiscard]] std::string sign(const WebhookMessage& message) const;

 private:
  Sensitive secret_;                  ///< v1
  std::shared_ptr<evp_pkey_st> key_;  ///< v1a
};

/// The header value under every given key: two keys while one replaces the other.
[[nodiscard]] std::string webhook_signature(std::span<const WebhookSigner> signers,
                                            const WebhookMessage& message);

/// Checks: `whsec_<base64>` (v1) or `whpk_<base64>` (v1a). Cheap to copy. THREAD: safe.
class WebhookVerifier {
 public:
  static constexpr std::chrono::seconds kTolerance{300};
  static constexpr std::size_t kSignaturesMax = 8;

  /// Fails with kKeyInvalid.
  [[nodiscard]] static Result<WebhookVerifier> parse(const Sensitive& text);
  [[nodiscard]] static Result<WebhookVerifier> load(const std::string& path);

  /// True if `signature` (one "version,base64" entry) is this key's over `message`. Takes the same
  /// time wherever the first difference is.
  [[nodiscard]] bool matches(const WebhookMessage& message, std::string_view signature) const;

 private:
  Sensitive secret_;
  std::shared_ptr<evp_pkey_st> key_;
};

/// Accepts if any signature of the list is that of any key and the timestamp is within `tolerance`
/// of `now`. Fails with kSignatureInvalid (a header missing or malformed, more than kSignaturesMax
/// entries, no match) or kTimestampSkew (checked last, so that only a genuine sender learns of it).
[[nodiscard]] Status verify_webhook(std::span<const WebhookVerifier> keys,
                                    const WebhookHeaders& headers,
                                    std::string_view body,
                                    Instant now,
                                    std::chrono::seconds tolerance = WebhookVerifier::kTolerance);

}  // namespace cw::crypto
