#include "notifier/push_target.hpp"

#include "lib/domain/ids.hpp"

namespace cw::notifier {

Result<PushTarget> resolve_target(const FeedSettings& settings, const std::string& secrets_dir) {
  auto url = http::parse_url(settings.url);
  if (!url) return Error{url.error().code, "feed url: " + url.error().detail};
  if (!url.value().tls) return Error{Errc::kBadRequest, "feed url: only https is pushed to"};
  auto key = crypto::PublicKey::from_jwk(settings.encryption_key);
  if (!key) return Error{key.error().code, "feed encryption_key: " + key.error().detail};
  // The name comes from control: it must not lead out of the folder.
  const std::string& name = settings.signing_secret;
  if (!is_id(name) || name.front() == '.') {
    return Error{Errc::kKeyInvalid, "feed signing_secret is not a file name"};
  }
  auto signer = crypto::WebhookSigner::load(secrets_dir + "/" + name);
  if (!signer) return Error{signer.error().code, "signing secret: " + signer.error().detail};
  return PushTarget{.url = std::move(url).value(),
                    .private_addresses = settings.allow_private_address
                                             ? http::PrivateAddresses::kAllow
                                             : http::PrivateAddresses::kRefuse,
                    .key = std::move(key).value(),
                    .signer = std::move(signer).value(),
                    .batch_entries_max = settings.batch_max};
}

}  // namespace cw::notifier
