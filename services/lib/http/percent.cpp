#include "lib/http/percent.hpp"

#include "lib/base/hex.hpp"

#include <array>
#include <cstdint>

namespace cw::http {

std::optional<std::string> percent_decode(std::string_view text, PlusIs plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == PlusIs::kSpace) {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      std::array<std::uint8_t, 1> byte{};
      if (at + 2 >= text.size() || !from_hex(text.substr(at + 1, 2), byte)) return std::nullopt;
      if (byte[0] == 0) return std::nullopt;
      out += static_cast<char>(byte[0]);
      at += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0x0FU];
  }
  return out;
}

std::optional<Params> parse_query(std::string_view text) {
  Params out;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    auto name = percent_decode(pair.substr(0, equals), PlusIs::kSpace);
    auto decoded = percent_decode(value, PlusIs::kSpace);
    if (!name || !decoded) return std::nullopt;
    out.add(std::move(*name), std::move(*decoded));
  }
  return out;
}

}  // namespace cw::http
