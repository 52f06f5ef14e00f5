#include "notifier/push_target.hpp"

namespace cw::notifier {
namespace {

/// The first instant behind `at` at which a key begins or ends.
std::optional<Instant> next_change(const FeedSettings& settings, Instant at) {
  std::optional<Instant> next;
  for (const FeedKey& key : settings.keys()) {
    for (const auto& edge : {key.not_before, key.not_after}) {
      if (edge && *edge > at && (!next || *edge < *next)) next = edge;
    }
  }
  return next;
}

}  // namespace

Result<crypto::PublicKey> encryption_key_at(const FeedSettings& settings, Instant at) {
  const auto newest = settings.key_at(at);
  if (!newest) return Error{Errc::kKeyInvalid, "feed encryption_keys: none may be used now"};
  auto key = crypto::PublicKey::from_jwk(newest->jwk);
  if (!key) return Error{key.error().code, "feed encryption_key: " + key.error().detail};
  return key;
}

Result<PushTarget> resolve_target(const FeedSettings& settings,
                                  const std::string& secrets_dir,
                                  Instant at) {
  auto url = http::parse_url(settings.url);
  if (!url) return Error{url.error().code, "feed url: " + url.error().detail};
  if (!url.value().tls) return Error{Errc::kBadRequest, "feed url: only https is pushed to"};
  auto key = encryption_key_at(settings, at);
  if (!key) return key.error();
  auto signer = BatchSigner::load(settings, secrets_dir);
  if (!signer) return signer.error();
  return PushTarget{.url = std::move(url).value(),
                    .private_addresses = settings.allow_private_address
                                             ? http::PrivateAddresses::kAllow
                                             : http::PrivateAddresses::kRefuse,
                    .key = std::move(key).value(),
                    .signer = std::move(signer).value(),
                    .batch_entries_max = settings.batch_max,
                    .key_until = next_change(settings, at)};
}

}  // namespace cw::notifier
