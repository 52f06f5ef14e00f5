#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cw::http {

/// An absolute https (or, for the admin listener, http) URL, taken apart.
struct Url {
  bool tls = true;
  std::string host = {};  ///< Without brackets.
  std::uint16_t port = 443;
  std::string target = "/";  ///< Path and query.

  /// "https://host:port".
  [[nodiscard]] std::string endpoint() const;
};

/// Fails with kBadRequest: no user information, no fragment, only http and https.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

enum class PrivateAddresses { kRefuse, kAllow };

/// Ok if `address` (numeric, v4 or v6) may be connected to: by default not loopback, private,
/// link-local, unique-local, multicast, unspecified or otherwise reserved, also when such a v4
/// address is wrapped as v4-mapped, NAT64 or 6to4. Fails with kAddressForbidden.
[[nodiscard]] Status check_address(std::string_view address, PrivateAddresses policy);

}  // namespace cw::http
