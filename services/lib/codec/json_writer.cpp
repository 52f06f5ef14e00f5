#include "lib/codec/json_writer.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/json_append.hpp"

#include <array>
#include <charconv>

namespace cw::codec {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// What stands after the backslash, or 'u' for a code.
char short_escape(char c) noexcept {
  switch (c) {
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '"':
    case '\\':
      return c;
    default:
      return 'u';
  }
}

char* append_escape(char* out, char c) noexcept {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(c);
  const char letter = short_escape(c);
  *out++ = '\\';
  *out++ = letter;
  if (letter != 'u') return out;
  *out++ = '0';
  *out++ = '0';
  *out++ = kHex[code >> 4U];
  *out++ = kHex[code & 15U];
  return out;
}

bool must_escape(char c) noexcept {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

char* append_escaped(char* out, std::string_view text) noexcept {
  for (const char c : text) {
    if (must_escape(c)) {
      out = append_escape(out, c);
    } else {
      *out++ = c;
    }
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!must_escape(text[i])) continue;
    out.append(text, plain, i - plain);
    std::array<char, kEscapedBytesMax> escape{};
    out.append(escape.data(), append_escape(escape.data(), text[i]));
    plain = i + 1;
  }
  out.append(text, plain);
  out += '"';
}

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  CW_ASSERT(depth_ > 0);
  out_ += '}';
  comma_ = true;
  --depth_;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  CW_ASSERT(depth_ > 0);
  out_ += ']';
  comma_ = true;
  --depth_;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
  CW_ASSERT(depth_ > 0);
  separate();
  append_json_string(out_, key);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace cw::codec
