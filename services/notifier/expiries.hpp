#pragma once

#include "lib/base/time.hpp"
#include "lib/http/tls_context.hpp"
#include "lib/runtime/expiry_watch.hpp"
#include "notifier/control_view.hpp"

#include <vector>

namespace cw::notifier {

/// What ends of the issuers' feeds: `encryption_key` (no key of the issuer's will be usable),
/// `issuer_certificate` (that of the endpoint, once it was seen), and `push_certificate` (ours, if
/// it is not the service's own). THREAD: safe.
[[nodiscard]] std::vector<runtime::Expiring> expiries(const ControlView& control,
                                                      const http::TlsContext& push_tls,
                                                      bool own_push_certificate,
                                                      Instant now);

}  // namespace cw::notifier
