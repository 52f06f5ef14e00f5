#pragma once

#include <string>
#include <string_view>

/// Digests and MACs as byte strings. For lib/crypto's sources only.
namespace cw::crypto {

[[nodiscard]] std::string sha256_bytes(std::string_view content);
[[nodiscard]] std::string sha512_bytes(std::string_view content);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view content);
/// In a time that does not depend on where they differ.
[[nodiscard]] bool equal_bytes(std::string_view left, std::string_view right) noexcept;

}  // namespace cw::crypto
