#include "lib/codec/scan_values.hpp"

#include "lib/codec/formats.hpp"
#include "lib/domain/ids.hpp"

#include <algorithm>
#include <array>

namespace cw::codec {
namespace {

/// The value of each lower-case hexadecimal character; 255 for others.
constexpr std::array<std::uint8_t, 256> kLowerHex = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(255);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = static_cast<std::uint8_t>(10 + i);
  return values;
}();

/// The number that `text` spells; nothing if it is not digits all through.
std::optional<std::uint32_t> digits(std::string_view text) noexcept {
  std::uint32_t value = 0;
  std::uint32_t greatest = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(c)) - '0';
    greatest = std::max(greatest, digit);
    value = value * 10 + digit;
  }
  if (greatest > 9) return {};
  return value;
}

}  // namespace

bool scan_id(std::string_view text, std::string_view& out) noexcept {
  out = text;
  return is_id(text);
}

bool is_plain_text(std::string_view text) noexcept {
  bool ascii = true;
  for (const char c : text) ascii = ascii && c >= 0x20 && c < 0x7f;
  return ascii || (is_printable(text) && is_utf8(text));
}

bool scan_text(std::string_view text, std::size_t bytes_max, std::string_view& out) noexcept {
  out = text;
  return !text.empty() && text.size() <= bytes_max && is_plain_text(text);
}

bool scan_card(std::string_view text, CardRef& out) noexcept {
  if (text.size() != 2 * out.bytes.size()) return false;
  unsigned greatest = 0;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    const unsigned high = kLowerHex[static_cast<unsigned char>(text[2 * i])];
    const unsigned low = kLowerHex[static_cast<unsigned char>(text[2 * i + 1])];
    greatest |= high | low;
    out.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return greatest < 16;
}

bool scan_iin(std::string_view text, Iin& out) noexcept {
  const auto value = text.size() == 8 ? digits(text) : std::nullopt;
  out = value.value_or(0);
  return value.has_value();
}

bool scan_expiry(std::string_view text, Expiry& out) noexcept {
  if (text.size() != 7 || text[4] != '-') return false;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  if (!year || !month || *year < 1990 || *year > 2099 || *month < 1 || *month > 12) return false;
  out = {static_cast<std::uint16_t>(*year), static_cast<std::uint8_t>(*month)};
  return true;
}

}  // namespace cw::codec
