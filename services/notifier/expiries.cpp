#include "notifier/expiries.hpp"

#include "lib/http/address.hpp"

namespace cw::notifier {

std::vector<runtime::Expiring> expiries(const ControlView& control,
                                        const http::TlsContext& push_tls,
                                        bool own_push_certificate,
                                        Instant now) {
  std::vector<runtime::Expiring> all;
  if (own_push_certificate) all.push_back({"push_certificate", "", push_tls.expires_at()});
  for (const IssuerId& issuer : control.issuers()) {
    const auto feed = control.settings(issuer).feed;
    if (!feed) continue;
    if (const auto end = feed->keys_end(now)) {
      all.push_back({"encryption_key", issuer.get(), *end});
    }
    const auto url = http::parse_url(feed->url);
    if (!url) continue;
    if (const auto end = push_tls.server_expires_at(url.value().endpoint())) {
      all.push_back({"issuer_certificate", issuer.get(), *end});
    }
  }
  return all;
}

}  // namespace cw::notifier
