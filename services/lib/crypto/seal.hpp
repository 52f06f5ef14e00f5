#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/domain/card.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st;

namespace cw::crypto {

/// The AES-256-GCM key of one exposed file. Whoever holds it opens that file's sealed card numbers;
/// destroying every copy shreds them.
class DataKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// A fresh random key with a fresh random id.
  [[nodiscard]] static DataKey generate();
  /// Fails with kKeyInvalid unless `key` has kBytes bytes and `id` is 1 to 64 characters of
  /// [A-Za-z0-9._-].
  [[nodiscard]] static Result<DataKey> from_bytes(Sensitive key, std::string id);

  /// Names the key in every record sealed with it, e.g. "fk-8d1f0c2b7a6e5d4c".
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const Sensitive& key() const noexcept { return key_; }

 private:
  DataKey(Sensitive key, std::string id) : key_(std::move(key)), id_(std::move(id)) {}

  Sensitive key_;
  std::string id_;
};

/// A sealed card number: nonce (12 bytes) | ciphertext (as long as the number) | tag (16 bytes).
inline constexpr std::size_t kSealNonceBytes = 12;
inline constexpr std::size_t kSealTagBytes = 16;

struct CipherContextFree {
  void operator()(evp_cipher_ctx_st* context) const noexcept;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, CipherContextFree>;

/// Seals card numbers under one key, with a random nonce each and the card reference (as hex) as
/// associated data, so that a sealed number cannot be moved to another card's record. One sealer
/// makes at most 2^32 seals (the bound for random 96-bit nonces); one more stops the process.
/// THREAD: not safe; one per thread.
class Sealer {
 public:
  explicit Sealer(const DataKey& key);

  [[nodiscard]] std::string seal(const Pan& pan, const CardRef& card);

 private:
  [[nodiscard]] const std::uint8_t* next_nonce();

  CipherContext context_;
  std::array<std::uint8_t, kSealNonceBytes * 256> nonces_;  ///< Random bytes drawn ahead.
  std::size_t nonce_at_ = 0;
  std::uint64_t seals_ = 0;
};

/// The way back. THREAD: not safe; one per thread.
class Opener {
 public:
  explicit Opener(const DataKey& key);

  /// Fails with kDecryptFailed if anything differs: key, card, or one bit of the sealed bytes.
  [[nodiscard]] Result<Pan> open(std::string_view sealed, const CardRef& card);

 private:
  CipherContext context_;
};

/// For a single card number; use Sealer and Opener for many.
[[nodiscard]] std::string seal(const DataKey& key, const Pan& pan, const CardRef& card);
[[nodiscard]] Result<Pan> open(const DataKey& key, std::string_view sealed, const CardRef& card);

}  // namespace cw::crypto
