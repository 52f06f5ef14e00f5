#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/domain/control.hpp"
#include "lib/http/address.hpp"
#include "notifier/batch_signer.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace cw::notifier {

/// An issuer's endpoint, ready for use.
struct PushTarget {
  http::Url url;
  http::PrivateAddresses private_addresses = http::PrivateAddresses::kRefuse;
  crypto::PublicKey key;  ///< The newest that was usable when this was resolved.
  BatchSigner signer;
  std::size_t batch_entries_max = 500;
  /// When another key is to be used; nothing: not by the settings of now.
  std::optional<Instant> key_until = {};

  /// Whether this is still what resolve_target() would give for the same settings.
  [[nodiscard]] bool current_at(Instant at) const noexcept { return !key_until || at < *key_until; }
};

/// The key to encrypt to at `at`. Fails with kKeyInvalid if none is usable then, or if it is no
/// usable JWK.
[[nodiscard]] Result<crypto::PublicKey> encryption_key_at(const FeedSettings& settings, Instant at);

/// Reads the signing secrets from `secrets_dir`. Fails with kBadRequest (the URL is none, or not
/// https: nothing is ever sent without mutual TLS), kKeyInvalid (JWK or secret, or no key is usable
/// at `at`), kFileRead.
[[nodiscard]] Result<PushTarget> resolve_target(const FeedSettings& settings,
                                                const std::string& secrets_dir,
                                                Instant at = now());

}  // namespace cw::notifier
