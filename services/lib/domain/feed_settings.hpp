#pragma once

#include "lib/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cw {

/// A public key that an issuer's batches are encrypted to, and when it may be used.
struct FeedKey {
  std::string jwk;  ///< Public JWK, JSON text.
  std::optional<Instant> not_before = {};
  std::optional<Instant> not_after = {};  ///< The first instant at which it is not used any more.

  [[nodiscard]] bool usable_at(Instant at) const noexcept {
    return (!not_before || *not_before <= at) && (!not_after || at < *not_after);
  }

  friend bool operator==(const FeedKey&, const FeedKey&) = default;
};

/// How pushed batches are signed.
enum class FeedSignature : std::uint8_t {
  kStandardWebhooks,       ///< webhook-signature, v1 or v1a by the kind of secret.
  kHttpMessageSignatures,  ///< RFC 9421 with RFC 9530 Content-Digest.
};

/// Who opens the connection.
enum class FeedMode : std::uint8_t { kPush, kPull };

/// What the notifier needs to feed an issuer; absent for an issuer without a feed. Of the single
/// member and the list of the same name one is filled: ask keys() and secrets().
struct FeedSettings {
  std::string url;             ///< Where to push to; may be empty when the issuer pulls.
  std::string encryption_key;  ///< Public JWK, JSON text.
  std::string signing_secret;  ///< Name of the secret in the notifier's secrets folder.
  std::uint32_t batch_max = 500;
  bool allow_private_address = false;
  std::vector<FeedKey> encryption_keys = {};      ///< While one key replaces another.
  std::vector<std::string> signing_secrets = {};  ///< All of them sign.
  FeedSignature signature = FeedSignature::kStandardWebhooks;
  FeedMode mode = FeedMode::kPush;

  static constexpr std::size_t kKeysMax = 8;
  static constexpr std::size_t kSecretsMax = 4;

  /// All keys, in the document's order.
  [[nodiscard]] std::vector<FeedKey> keys() const;
  /// The key to encrypt to at `at`: of those usable then the one with the latest not_before (none
  /// counts as the earliest), of equal ones the last; nothing if none is usable.
  [[nodiscard]] std::optional<FeedKey> key_at(Instant at) const;
  /// From when on no key will be usable, or, if none is at `at`, since when; nothing: there is no
  /// end, or none has been usable yet.
  [[nodiscard]] std::optional<Instant> keys_end(Instant at) const;
  /// Names of all secrets that sign, in the document's order; empty only for an issuer that pulls.
  [[nodiscard]] std::vector<std::string> secrets() const;

  friend bool operator==(const FeedSettings&, const FeedSettings&) = default;
};

}  // namespace cw
