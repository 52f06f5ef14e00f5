#include "lib/codec/scan_values.hpp"

#include "lib/codec/formats.hpp"
#include "lib/domain/ids.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

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
  const auto capital = [](char c) { return c >= 'A' && c <= 'F'; };
  return from_hex(text, out.bytes) && std::none_of(text.begin(), text.end(), capital);
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
