#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/seal.hpp"

#include <string>
#include <string_view>

namespace cw::crypto {

/// Locks data keys away: intake holds this half only, so after the load of a file it cannot open
/// what it sealed. THREAD: safe.
class VaultPublicKey {
 public:
  /// A public key PEM (RSA or EC P-256). Fails with kFileRead or kKeyInvalid.
  [[nodiscard]] static Result<VaultPublicKey> load(const std::string& path);
  explicit VaultPublicKey(PublicKey key) : key_(std::move(key)) {}

  [[nodiscard]] const std::string& id() const noexcept { return key_.kid(); }
  /// JWE compact of the key bytes; the data key's id stands, authenticated, in the header.
  [[nodiscard]] Result<std::string> wrap(const DataKey& key) const;

 private:
  PublicKey key_;
};

/// Gets data keys back: held by the notifier and by the hotline look-up. THREAD: safe.
class VaultPrivateKey {
 public:
  /// A private key PEM. Fails with kFileRead or kKeyInvalid.
  [[nodiscard]] static Result<VaultPrivateKey> load(const std::string& path);
  explicit VaultPrivateKey(PrivateKey key) : key_(std::move(key)) {}

  [[nodiscard]] const std::string& id() const noexcept { return key_.kid(); }
  /// Fails with kDecryptFailed if it was wrapped to another vault key or changed since.
  [[nodiscard]] Result<DataKey> unwrap(std::string_view wrapped) const;

 private:
  PrivateKey key_;
};

}  // namespace cw::crypto
