#include "lib/base/hex.hpp"

#include <array>
#include <cstring>

namespace cw {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

/// The two characters of each byte.
constexpr std::array<char, 512> kPairs = [] {
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kDigits[i >> 4U];
    pairs[2 * i + 1] = kDigits[i & 15U];
  }
  return pairs;
}();

constexpr std::uint8_t kForeign = 0xff;

/// The value of each character as a digit.
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kForeign);
  for (std::uint8_t i = 0; i < 16; ++i) {
    const auto lower = static_cast<unsigned char>(kDigits[i]);
    values[lower] = i;
    if (i >= 10) values[lower - 'a' + 'A'] = i;
  }
  return values;
}();

std::uint8_t digit(char c) noexcept {
  return kValues[static_cast<unsigned char>(c)];
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2, '\0');
  write_hex(text.data(), bytes);
  return text;
}

char* write_hex(char* out, std::span<const std::uint8_t> bytes) noexcept {
  for (const auto byte : bytes) {
    std::memcpy(out, kPairs.data() + std::size_t{2} * byte, 2);
    out += 2;
  }
  return out;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  if (text.size() != out.size() * 2) return false;
  unsigned foreign = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned high = digit(text[2 * i]);
    const unsigned low = digit(text[2 * i + 1]);
    foreign |= high | low;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return foreign < 16;
}

}  // namespace cw
