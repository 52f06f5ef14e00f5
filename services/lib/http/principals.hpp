#pragma once

#include "lib/base/result.hpp"
#include "lib/http/message.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cw::http {

/// Someone who may call us: the common name of the client certificate, and what it may do.
struct Principal {
  std::string name = {};
  std::set<std::string, std::less<>> roles = {};
  std::string issuer = {};  ///< The issuer it speaks for; empty if none.

  [[nodiscard]] bool has(std::string_view role) const { return roles.contains(role); }
};

/// Immutable. THREAD: safe.
class Principals {
 public:
  explicit Principals(std::vector<Principal> list) : list_(std::move(list)) {}

  [[nodiscard]] const Principal* find(std::string_view name) const;

  /// The principal behind `peer` if it has `role` ("" asks only that it is known).
  /// Fails with kForbidden, or kUnauthenticated if there is no certificate.
  [[nodiscard]] Result<const Principal*> require(const PeerIdentity& peer,
                                                 std::string_view role) const;

 private:
  std::vector<Principal> list_;
};

}  // namespace cw::http
