#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/domain/control.hpp"
#include "lib/http/address.hpp"

#include <cstddef>
#include <string>

namespace cw::notifier {

/// An issuer's endpoint, ready for use.
struct PushTarget {
  http::Url url;
  http::PrivateAddresses private_addresses = http::PrivateAddresses::kRefuse;
  crypto::PublicKey key;
  crypto::WebhookSigner signer;
  std::size_t batch_entries_max = 500;
};

/// Reads the signing secret from `secrets_dir`. Fails with kBadRequest (the URL is none, or not
/// https: nothing is ever sent without mutual TLS), kKeyInvalid (JWK or secret), kFileRead.
[[nodiscard]] Result<PushTarget> resolve_target(const FeedSettings& settings,
                                                const std::string& secrets_dir);

}  // namespace cw::notifier
