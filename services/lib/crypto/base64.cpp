#include "lib/crypto/base64.hpp"

#include <array>
#include <cstdint>

namespace cw::crypto {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kForeign = 0xff;

using ReverseTable = std::array<std::uint8_t, 256>;

constexpr ReverseTable reverse(std::string_view alphabet) {
  ReverseTable table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr ReverseTable kStandardReverse = reverse(kStandard);
constexpr ReverseTable kUrlReverse = reverse(kUrl);

/// Without padding.
char* encode_into(std::string_view bytes, std::string_view alphabet, char* out) noexcept {
  const auto byte = [bytes](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(bytes[i]);
  };
  const char* const letters = alphabet.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, out += 4) {
    const std::uint32_t bits = (byte(i) << 16U) | (byte(i + 1) << 8U) | byte(i + 2);
    out[0] = letters[bits >> 18U];
    out[1] = letters[(bits >> 12U) & 63U];
    out[2] = letters[(bits >> 6U) & 63U];
    out[3] = letters[bits & 63U];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return out;
  const std::uint32_t bits = (byte(i) << 16U) | (rest == 2 ? byte(i + 1) << 8U : 0);
  *out++ = letters[bits >> 18U];
  *out++ = letters[(bits >> 12U) & 63U];
  if (rest == 2) *out++ = letters[(bits >> 6U) & 63U];
  return out;
}

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string text(base64url_size(bytes.size()), '\0');
  encode_into(bytes, alphabet, text.data());
  return text;
}

/// How many bytes `text`, without padding, stands for.
constexpr std::size_t decoded_size(std::size_t text) noexcept {
  return text / 4 * 3 + (text % 4 == 0 ? 0 : text % 4 - 1);
}

/// `text` without padding; `out` has room for decoded_size(text.size()).
std::optional<std::size_t> decode_into(std::string_view text,
                                       const ReverseTable& table,
                                       char* out) noexcept {
  if (text.size() % 4 == 1) return std::nullopt;
  const auto value = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? table[static_cast<unsigned char>(text[i])] : 0;
  };
  const char* const begin = out;
  std::uint32_t foreign = 0;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::uint32_t a = value(i);
    const std::uint32_t b = value(i + 1);
    const std::uint32_t c = value(i + 2);
    const std::uint32_t d = value(i + 3);
    foreign |= a | b | c | d;
    bits = (a << 18U) | (b << 12U) | (c << 6U) | d;
    *out++ = static_cast<char>((bits >> 16U) & 255U);
    if (i + 2 < text.size()) *out++ = static_cast<char>((bits >> 8U) & 255U);
    if (i + 3 < text.size()) *out++ = static_cast<char>(bits & 255U);
  }
  const std::size_t rest = text.size() % 4;
  const std::uint32_t stray = rest == 2 ? bits & 0xffffU : rest == 3 ? bits & 0xffU : 0;
  if (foreign > 63 || stray != 0) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

std::optional<std::string> decode(std::string_view text,
                                  const ReverseTable& table,
                                  std::size_t bytes_max) {
  const std::size_t size = decoded_size(text.size());
  if (size > bytes_max) return std::nullopt;
  std::string bytes(size, '\0');
  if (!decode_into(text, table, bytes.data())) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, kUrl);
}

std::optional<std::string> base64_decode(std::string_view text, std::size_t bytes_max) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, kStandardReverse, bytes_max);
}

std::optional<std::string> base64url_decode(std::string_view text, std::size_t bytes_max) {
  return decode(text, kUrlReverse, bytes_max);
}

char* base64url_encode(std::string_view bytes, char* out) noexcept {
  return encode_into(bytes, kUrl, out);
}

std::optional<std::size_t> base64url_decode(std::string_view text, std::span<char> out) noexcept {
  if (decoded_size(text.size()) > out.size()) return std::nullopt;
  return decode_into(text, kUrlReverse, out.data());
}

}  // namespace cw::crypto
