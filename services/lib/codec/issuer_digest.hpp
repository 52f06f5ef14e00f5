#pragma once

#include <cstdint>
#include <string>

namespace cw::codec {

/// What an issuer says that it holds, for comparison with ours.
struct IssuerDigest {
  std::uint64_t through = 0;
  std::uint64_t count = 0;
  std::string sum;  ///< 64 lower-case hex characters.

  friend bool operator==(const IssuerDigest&, const IssuerDigest&) = default;
};

}  // namespace cw::codec
