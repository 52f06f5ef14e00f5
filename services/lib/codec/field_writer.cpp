#include "lib/codec/field_writer.hpp"

#include "lib/crypto/base64.hpp"

#include <array>

namespace cw::codec {
namespace {

/// `width` decimal digits with leading zeros.
char* write_digits(char* out, unsigned value, std::size_t width) noexcept {
  for (std::size_t i = width; i > 0; --i) {
    out[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

/// A member whose text `put` writes into a buffer, returning the end.
template <class Put>
void write_short(JsonWriter& writer, std::string_view name, Put put) {
  std::array<char, 32> text{};
  const char* end = put(text.data());
  writer.string(name, {text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace

void write(JsonWriter& writer, std::string_view name, const CardRef& card) {
  writer.string(name, card.hex());
}

char* write_month(char* out, Expiry expiry) noexcept {
  out = write_digits(out, expiry.year, 4);
  *out++ = '-';
  return write_digits(out, expiry.month, 2);
}

char* write_day(char* out, Day day) noexcept {
  out = write_digits(out, static_cast<unsigned>(static_cast<int>(day.year())), 4);
  *out++ = '-';
  out = write_digits(out, static_cast<unsigned>(day.month()), 2);
  *out++ = '-';
  return write_digits(out, static_cast<unsigned>(day.day()), 2);
}

void write(JsonWriter& writer, std::string_view name, Expiry expiry) {
  write_short(writer, name, [expiry](char* out) { return write_month(out, expiry); });
}

void write(JsonWriter& writer, std::string_view name, Instant instant) {
  write_short(writer, name, [instant](char* out) { return write_instant(out, instant); });
}

void write(JsonWriter& writer, std::string_view name, Day day) {
  write_short(writer, name, [day](char* out) { return write_day(out, day); });
}

void write_iin(JsonWriter& writer, Iin iin) {
  constexpr std::size_t kIinDigits = 8;
  write_short(writer, "iin", [iin](char* out) { return write_digits(out, iin, kIinDigits); });
}

void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes) {
  writer.string(name, crypto::base64url_encode(bytes));
}

}  // namespace cw::codec
