#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace cw::crypto {

/// The algorithms of RFC 9421 section 3.3 that we know, by their names in `alg`.
enum class SignatureAlgorithm {
  kEd25519,          ///< "ed25519"
  kEcdsaP256Sha256,  ///< "ecdsa-p256-sha256"
  kRsaPssSha512,     ///< "rsa-pss-sha512": verified only
  kRsaV15Sha256,     ///< "rsa-v1_5-sha256": verified only
  kHmacSha256,       ///< "hmac-sha256"
};

[[nodiscard]] std::string_view name(SignatureAlgorithm algorithm) noexcept;

/// A key that checks signatures. Cheap to copy. THREAD: safe.
class VerificationKey {
 public:
  /// PEM of a public key ("BEGIN PUBLIC KEY"): Ed25519, EC P-256, or RSA of 2048 to 8192 bits (then
  /// RSA-PSS). `keyid`: how signatures name the key; empty: the RFC 7638 thumbprint of its JWK.
  /// Fails with kKeyInvalid.
  [[nodiscard]] static Result<VerificationKey> from_pem(std::string_view pem,
                                                        std::string keyid = {});
  /// A public JWK: kty OKP (Ed25519) or EC (P-256), with its `kid` or the thumbprint as keyid.
  [[nodiscard]] static Result<VerificationKey> from_jwk(std::string_view json);
  /// from_pem() of a file. Fails with kFileRead, too.
  [[nodiscard]] static Result<VerificationKey> load(const std::string& path,
                                                    std::string keyid = {});
  /// A shared secret of 32 to 256 bytes.
  [[nodiscard]] static Result<VerificationKey> hmac(const Sensitive& secret, std::string keyid);

  /// The same RSA key for the older padding; fails with kKeyInvalid for others.
  [[nodiscard]] Result<VerificationKey> with_pkcs1_v15() const;

  [[nodiscard]] const std::string& keyid() const noexcept { return keyid_; }
  [[nodiscard]] SignatureAlgorithm algorithm() const noexcept { return algorithm_; }
  /// Takes the same time wherever the first difference is.
  [[nodiscard]] bool verifies(std::string_view content, std::string_view signature) const;
  /// The public key in PEM; empty for a shared secret.
  [[nodiscard]] std::string to_pem() const;

 private:
  friend class SigningKey;
  using Handle = std::shared_ptr<evp_pkey_st>;
  VerificationKey() = default;
  [[nodiscard]] static Result<VerificationKey> adopt(Handle key, std::string keyid);

  Handle key_;
  Sensitive secret_;
  SignatureAlgorithm algorithm_ = SignatureAlgorithm::kEd25519;
  std::string keyid_;
};

/// A private key that signs: Ed25519 or ECDSA P-256. Cheap to copy. THREAD: safe.
class SigningKey {
 public:
  /// PKCS #8 PEM without a passphrase; keyid as in VerificationKey. Fails with kKeyInvalid.
  [[nodiscard]] static Result<SigningKey> from_pem(const Sensitive& pem, std::string keyid = {});
  [[nodiscard]] static Result<SigningKey> load(const std::string& path, std::string keyid = {});
  /// Ed25519 or ECDSA P-256 only.
  [[nodiscard]] static SigningKey generate(SignatureAlgorithm algorithm);

  [[nodiscard]] const std::string& keyid() const noexcept { return public_.keyid(); }
  [[nodiscard]] SignatureAlgorithm algorithm() const noexcept { return public_.algorithm(); }
  /// What a receiver needs to verify.
  [[nodiscard]] VerificationKey verification_key() const;
  [[nodiscard]] std::string sign(std::string_view content) const;
  /// PKCS #8 PEM.
  [[nodiscard]] Sensitive to_pem() const;

 private:
  explicit SigningKey(VerificationKey key) : public_(std::move(key)) {}

  VerificationKey public_;  ///< Its handle holds the private part too.
};

}  // namespace cw::crypto
