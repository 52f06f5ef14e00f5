#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cw::crypto {

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// RFC 4648 section 5, without padding, as JOSE writes it.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// Strict decoding: no blanks, no foreign characters, exact padding (base64) or none (base64url),
/// no stray bits in the last character, so that each byte string has one spelling only. Nothing
/// if the text is not that, or stands for more than `bytes_max` bytes.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text,
                                                       std::size_t bytes_max);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text,
                                                          std::size_t bytes_max);

// The same into buffers of the caller's, for hot paths.

[[nodiscard]] constexpr std::size_t base64url_size(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 * 4 + 2) / 3;
}
/// `out` has room for base64url_size(bytes.size()). Returns the end.
char* base64url_encode(std::string_view bytes, char* out) noexcept;
/// The number of bytes; nothing also if they do not fit.
[[nodiscard]] std::optional<std::size_t> base64url_decode(std::string_view text,
                                                          std::span<char> out) noexcept;

}  // namespace cw::crypto
