#pragma once

#include <optional>
#include <string_view>

/// Private to lib/codec: formats that messages and rows share.
namespace cw::codec {

/// Decimal text that is not negative: up to 15 digits, then up to 4 after a point.
[[nodiscard]] bool is_amount(std::string_view text) noexcept;
/// ISO 4217: three capital letters or three digits.
[[nodiscard]] bool is_currency(std::string_view text) noexcept;
/// ISO 3166: two or three capital letters or three digits.
[[nodiscard]] bool is_country(std::string_view text) noexcept;
/// ISO 18245: four digits.
[[nodiscard]] bool is_mcc(std::string_view text) noexcept;
/// 64 lower-case hexadecimal characters.
[[nodiscard]] bool is_hex256(std::string_view text) noexcept;
/// Well-formed UTF-8 (no overlong forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// No control characters.
[[nodiscard]] bool is_printable(std::string_view text) noexcept;

}  // namespace cw::codec
