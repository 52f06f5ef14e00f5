#include "lib/codec/formats.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cw::codec {
namespace {

bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool capital(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

bool all(std::string_view text, bool (*holds)(char) noexcept) noexcept {
  return std::all_of(text.begin(), text.end(), holds);
}

/// Number of continuation bytes after `lead`, or -1; `min` and `max` bound the first of them.
int continuation(std::uint8_t lead, std::uint8_t& min, std::uint8_t& max) noexcept {
  min = 0x80;
  max = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (lead == 0xe0) min = 0xa0;
    if (lead == 0xed) max = 0x9f;
    return 2;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (lead == 0xf0) min = 0x90;
    if (lead == 0xf4) max = 0x8f;
    return 3;
  }
  return -1;
}

}  // namespace

bool is_amount(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.size() > 15 || !all(whole, digit)) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view part = text.substr(point + 1);
  return !part.empty() && part.size() <= 4 && all(part, digit);
}

bool is_currency(std::string_view text) noexcept {
  return text.size() == 3 && (all(text, capital) || all(text, digit));
}

bool is_country(std::string_view text) noexcept {
  return (text.size() == 3 && all(text, digit)) ||
         ((text.size() == 2 || text.size() == 3) && all(text, capital));
}

bool is_mcc(std::string_view text) noexcept {
  return text.size() == 4 && all(text, digit);
}

bool is_hex256(std::string_view text) noexcept {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return digit(c) || (c >= 'a' && c <= 'f');
         });
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead < 0x80) continue;
    std::uint8_t min = 0;
    std::uint8_t max = 0;
    const int following = continuation(lead, min, max);
    if (following < 0 || text.size() - i <= static_cast<std::size_t>(following)) return false;
    for (int n = 0; n < following; ++n) {
      const auto byte = static_cast<std::uint8_t>(text[++i]);
      if (byte < min || byte > max) return false;
      min = 0x80;
      max = 0xbf;
    }
  }
  return true;
}

bool is_printable(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

}  // namespace cw::codec
