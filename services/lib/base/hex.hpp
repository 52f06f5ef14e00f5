#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cw {

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
/// The same into a buffer of 2 * bytes.size(), for hot paths. Returns the end.
char* write_hex(char* out, std::span<const std::uint8_t> bytes) noexcept;
/// Fills `out` from exactly 2 * out.size() hexadecimal characters; false if they are not that.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

}  // namespace cw
