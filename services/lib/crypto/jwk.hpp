#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace cw::crypto {

enum class KeyType { kRsa, kEcP256, kX25519 };

/// A public key that batches or data keys are encrypted to: RSA of 2048 to 8192 bits, EC P-256 or
/// X25519. `kid` is the JWK's own or else the RFC 7638 SHA-256 thumbprint. Cheap to copy; copies
/// share the key. THREAD: safe.
class PublicKey {
 public:
  /// One JWK object (RFC 7517, RFC 8037); members that we do not know are ignored, private members
  /// are refused so that nobody publishes them by mistake. Fails with kKeyInvalid.
  [[nodiscard]] static Result<PublicKey> from_jwk(std::string_view json);
  /// SubjectPublicKeyInfo PEM ("BEGIN PUBLIC KEY"). Fails with kKeyInvalid.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);
  [[nodiscard]] static Result<PublicKey> load(const std::string& path);

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  [[nodiscard]] const std::string& kid() const noexcept { return kid_; }
  /// RFC 7638, base64url.
  [[nodiscard]] std::string thumbprint() const;
  /// The JWK with `kid`, members in alphabetical order, no blanks.
  [[nodiscard]] std::string to_jwk() const;

  /// For lib/crypto's own sources.
  [[nodiscard]] evp_pkey_st* handle() const noexcept { return key_.get(); }

 private:
  friend class PrivateKey;
  using Handle = std::shared_ptr<evp_pkey_st>;
  PublicKey(Handle key, KeyType type) : key_(std::move(key)), type_(type) {}
  [[nodiscard]] static Result<PublicKey> adopt(Handle key, std::string kid);

  Handle key_;
  KeyType type_ = KeyType::kRsa;
  std::string kid_;
};

/// The private half. THREAD: safe. Copies share the key.
class PrivateKey {
 public:
  /// As PublicKey::from_jwk, with the private members present. Fails with kKeyInvalid.
  [[nodiscard]] static Result<PrivateKey> from_jwk(const Sensitive& json);
  /// PKCS #8 PEM without a passphrase ("BEGIN PRIVATE KEY"). Fails with kKeyInvalid.
  [[nodiscard]] static Result<PrivateKey> from_pem(const Sensitive& pem);
  [[nodiscard]] static Result<PrivateKey> load(const std::string& path);
  [[nodiscard]] static PrivateKey generate(KeyType type);
  /// For one key agreement: the same without a kid of its own, and not checked as keys from
  /// elsewhere are.
  [[nodiscard]] static PrivateKey ephemeral(KeyType type);

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
  [[nodiscard]] KeyType type() const noexcept { return public_.type(); }
  [[nodiscard]] const std::string& kid() const noexcept { return public_.kid(); }
  /// The private JWK, members in alphabetical order.
  [[nodiscard]] Sensitive to_jwk() const;

  /// For lib/crypto's own sources.
  [[nodiscard]] evp_pkey_st* handle() const noexcept { return public_.handle(); }

 private:
  explicit PrivateKey(PublicKey key) : public_(std::move(key)) {}

  PublicKey public_;  ///< Its handle holds the private part too.
};

}  // namespace cw::crypto
