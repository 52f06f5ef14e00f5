#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cw {

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
/// Fills `out` from exactly 2 * out.size() hexadecimal characters; false if they are not that.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

}  // namespace cw
