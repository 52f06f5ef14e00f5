#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Private to lib/codec: text of hot messages, appended to buffers that are known to have room.
/// Each returns the end.
namespace cw::codec {

[[nodiscard]] inline char* append(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

/// A constant: its copy has a fixed size.
template <std::size_t kSize>
[[nodiscard]] char* append(char* out, const char (&text)[kSize]) noexcept {
  std::memcpy(out, text, kSize - 1);
  return out + kSize - 1;
}

/// Needs room for 20 characters.
[[nodiscard]] inline char* append_number(char* out, std::uint64_t value) noexcept {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  return std::to_chars(out, out + 20, value).ptr;
}

/// What one character becomes at most, as \u001f.
inline constexpr std::size_t kEscapedBytesMax = 6;
/// The inside of a JSON string, escaped as append_json_string does.
[[nodiscard]] char* append_escaped(char* out, std::string_view text) noexcept;

}  // namespace cw::codec
