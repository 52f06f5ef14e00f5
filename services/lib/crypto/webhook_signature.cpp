#include "lib/crypto/webhook_signature.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/crypto/digests.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_text.hpp"
#include "lib/crypto/openssl_raii.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace cw::crypto {
namespace {

constexpr std::string_view kHmacPrefix = "whsec_";
constexpr std::string_view kEdPrivatePrefix = "whsk_";
constexpr std::string_view kEdPublicPrefix = "whpk_";
constexpr std::string_view kHmacVersion = "v1,";
constexpr std::string_view kEdVersion = "v1a,";
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;
constexpr std::size_t kEdKeyBytes = 32;
constexpr std::size_t kEdSignatureBytes = 64;
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kIdLengthMax = 256;

using Key = std::shared_ptr<EVP_PKEY>;

Error invalid(std::string_view why) {
  return Error{Errc::kKeyInvalid, "webhook key: " + std::string(why)};
}

/// The decoded text behind `prefix`; nothing if the prefix is another or the text not base64.
std::optional<Sensitive> key_bytes(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  auto bytes = base64_decode(text.substr(prefix.size()), kSecretBytesMax);
  if (!bytes) return std::nullopt;
  return Sensitive{std::move(*bytes)};
}

Result<Sensitive> hmac_secret(std::string_view text) {
  auto secret = key_bytes(text, kHmacPrefix);
  if (!secret || secret->reveal().size() < kSecretBytesMin) {
    return invalid("whsec_ must be followed by 24 to 64 bytes in base64");
  }
  return std::move(*secret);
}

std::string signed_content(const WebhookMessage& message) {
  std::string content;
  content.reserve(message.id.size() + message.body.size() + 24);
  content.append(message.id).append(".").append(std::to_string(message.timestamp)).append(".");
  content.append(message.body);
  return content;
}

std::string ed25519_sign(EVP_PKEY* key, std::string_view content) {
  const DigestContext context{EVP_MD_CTX_new()};
  std::string signature(kEdSignatureBytes, '\0');
  std::size_t size = signature.size();
  require_ok(
      EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr));
  require_ok(
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(content), content.size()));
  return signature;
}

bool ed25519_verify(EVP_PKEY* key, std::string_view content, std::string_view signature) {
  const DigestContext context{EVP_MD_CTX_new()};
  require_ok(
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr));
  return EVP_DigestVerify(context.get(),
                          bytes_of(signature),
                          signature.size(),
                          bytes_of(content),
                          content.size()) == 1;
}

Error refused(std::string_view why) {
  return Error{Errc::kSignatureInvalid, "webhook: " + std::string(why)};
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || value < 0 || std::to_string(value) != text) return std::nullopt;
  return value;
}

template <class T>
Result<T> load_from(const std::string& path) {
  const auto file = read_key_file(path);
  if (!file) return file.error();
  auto key = T::parse(file.value().content);
  if (!key) return in_file(path, key.error());
  return key;
}

}  // namespace

Result<WebhookSigner> WebhookSigner::parse(const Sensitive& text) {
  const std::string_view key = trimmed(text.reveal());
  WebhookSigner signer;
  if (key.starts_with(kHmacPrefix)) {
    auto secret = hmac_secret(key);
    if (!secret) return secret.error();
    signer.secret_ = std::move(secret).value();
    return signer;
  }
  const auto bytes = key_bytes(key, kEdPrivatePrefix);
  const bool sized =
      bytes && (bytes->reveal().size() == kEdKeyBytes || bytes->reveal().size() == 2 * kEdKeyBytes);
  if (!sized) return invalid("whsec_<base64> or whsk_<base64> is needed");
  signer.key_ = Key{EVP_PKEY_new_raw_private_key(
                        EVP_PKEY_ED25519, nullptr, bytes_of(bytes->reveal()), kEdKeyBytes),
                    &EVP_PKEY_free};
  CW_ASSERT(signer.key_ != nullptr);
  return signer;
}

Result<WebhookSigner> WebhookSigner::load(const std::string& path) {
  return load_from<WebhookSigner>(path);
}

std::string WebhookSigner::sign(const WebhookMessage& message) const {
  const std::string content = signed_content(message);
  if (key_ == nullptr) {
    return std::string(kHmacVersion) + base64_encode(hmac_sha256(secret_.reveal(), content));
  }
  return std::string(kEdVersion) + base64_encode(ed25519_sign(key_.get(), content));
}

std::string webhook_signature(std::span<const WebhookSigner> signers,
                              const WebhookMessage& message) {
  std::string list;
  for (const auto& signer : signers) {
    if (!list.empty()) list.push_back(' ');
    list += signer.sign(message);
  }
  return list;
}

Result<WebhookVerifier> WebhookVerifier::parse(const Sensitive& text) {
  const std::string_view key = trimmed(text.reveal());
  WebhookVerifier verifier;
  if (key.starts_with(kHmacPrefix)) {
    auto secret = hmac_secret(key);
    if (!secret) return secret.error();
    verifier.secret_ = std::move(secret).value();
    return verifier;
  }
  const auto bytes = key_bytes(key, kEdPublicPrefix);
  if (!bytes || bytes->reveal().size() != kEdKeyBytes) {
    return invalid("whsec_<base64> or whpk_<base64> is needed");
  }
  verifier.key_ = Key{EVP_PKEY_new_raw_public_key(
                          EVP_PKEY_ED25519, nullptr, bytes_of(bytes->reveal()), kEdKeyBytes),
                      &EVP_PKEY_free};
  if (verifier.key_ == nullptr) return invalid("whpk_ does not hold an Ed25519 public key");
  return verifier;
}

Result<WebhookVerifier> WebhookVerifier::load(const std::string& path) {
  return load_from<WebhookVerifier>(path);
}

bool WebhookVerifier::matches(const WebhookMessage& message, std::string_view signature) const {
  const std::string_view version = key_ == nullptr ? kHmacVersion : kEdVersion;
  const std::size_t bytes = key_ == nullptr ? kMacBytes : kEdSignatureBytes;
  if (!signature.starts_with(version)) return false;
  const auto given = base64_decode(signature.substr(version.size()), bytes);
  if (!given || given->size() != bytes) return false;
  const std::string content = signed_content(message);
  if (key_ != nullptr) return ed25519_verify(key_.get(), content, *given);
  return equal_bytes(hmac_sha256(secret_.reveal(), content), *given);
}

Status verify_webhook(std::span<const WebhookVerifier> keys,
                      const WebhookHeaders& headers,
                      std::string_view body,
                      Instant now,
                      std::chrono::seconds tolerance) {
  if (headers.id.empty() || headers.id.size() > kIdLengthMax) {
    return refused("webhook-id is missing or too long");
  }
  // The '.' parts id, timestamp and body: an id that held one could be read as another message.
  if (headers.id.find('.') != std::string_view::npos) return refused("webhook-id holds a '.'");
  const auto timestamp = whole_number(headers.timestamp);
  if (!timestamp) return refused("webhook-timestamp is missing or not a whole number");
  if (headers.signature.empty()) return refused("webhook-signature is missing");

  const WebhookMessage message{.id = headers.id, .timestamp = *timestamp, .body = body};
  bool genuine = false;
  std::string_view rest = headers.signature;
  for (std::size_t i = 0; !rest.empty() && !genuine; ++i) {
    if (i == WebhookVerifier::kSignaturesMax) return refused("more than 8 signatures");
    const std::string_view signature = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), signature.size() + 1));
    for (const auto& key : keys) genuine = genuine || key.matches(message, signature);
  }
  if (!genuine) return refused("no signature is that of a known key over this message");

  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto skew = seconds > *timestamp ? seconds - *timestamp : *timestamp - seconds;
  if (skew > tolerance.count()) {
    return Error{Errc::kTimestampSkew,
                 "webhook: the timestamp is " + std::to_string(skew) + " seconds away from now"};
  }
  return Ok{};
}

}  // namespace cw::crypto
