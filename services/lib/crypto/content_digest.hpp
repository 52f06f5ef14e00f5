#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <string_view>

namespace cw::crypto {

enum class DigestAlgorithm { kSha256, kSha512 };

/// The value of Content-Digest (RFC 9530) for the bytes sent, e.g. "sha-256=:X48E9q...:".
[[nodiscard]] std::string content_digest(std::string_view body,
                                         DigestAlgorithm algorithm = DigestAlgorithm::kSha256);

/// Whether a Content-Digest is that of `body`: at least one sha-256 or sha-512 stands in it and all
/// of them are right; digests of other algorithms do not count. Fails with kContentDigest.
[[nodiscard]] Status verify_content_digest(std::string_view header, std::string_view body);

}  // namespace cw::crypto
