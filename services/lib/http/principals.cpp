#include "lib/http/principals.hpp"

#include <algorithm>

namespace cw::http {

const Principal* Principals::find(std::string_view name) const {
  const auto found = std::ranges::find(list_, name, &Principal::name);
  return found == list_.end() ? nullptr : &*found;
}

Result<const Principal*> Principals::require(const PeerIdentity& peer,
                                             std::string_view role) const {
  if (peer.common_name.empty()) {
    return Error{Errc::kUnauthenticated, "no client certificate with a common name"};
  }
  const Principal* principal = find(peer.common_name);
  if (principal == nullptr) {
    return Error{Errc::kForbidden, "'" + peer.common_name + "' is not a known principal"};
  }
  if (!role.empty() && !principal->has(role)) {
    return Error{Errc::kForbidden,
                 "'" + principal->name + "' lacks the role '" + std::string{role} + "'"};
  }
  return principal;
}

}  // namespace cw::http
