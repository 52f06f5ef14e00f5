#include "lib/codec/field_writer.hpp"

#include "lib/crypto/base64.hpp"

#include <array>

namespace cw::codec {
namespace {

/// Decimal digits with leading zeros; snprintf shows in profiles of a load.
class Digits {
 public:
  void put(unsigned value, std::size_t width) {
    for (std::size_t i = width; i > 0; --i) {
      buffer_[size_ + i - 1] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
    size_ += width;
  }
  void put(char c) { buffer_[size_++] = c; }
  [[nodiscard]] std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 32> buffer_{};
  std::size_t size_ = 0;
};

void put_day(Digits& digits, Day day) {
  digits.put(static_cast<unsigned>(static_cast<int>(day.year())), 4);
  digits.put('-');
  digits.put(static_cast<unsigned>(day.month()), 2);
  digits.put('-');
  digits.put(static_cast<unsigned>(day.day()), 2);
}

}  // namespace

void write(JsonWriter& writer, std::string_view name, const CardRef& card) {
  writer.string(name, card.hex());
}

void write(JsonWriter& writer, std::string_view name, Expiry expiry) {
  Digits digits;
  digits.put(expiry.year, 4);
  digits.put('-');
  digits.put(expiry.month, 2);
  writer.string(name, digits.view());
}

void write(JsonWriter& writer, std::string_view name, Instant instant) {
  const auto midnight = std::chrono::floor<std::chrono::days>(instant);
  auto rest = static_cast<unsigned>((instant - midnight).count());
  Digits digits;
  put_day(digits, Day{midnight});
  digits.put('T');
  digits.put(rest / 3'600'000, 2);
  digits.put(':');
  rest %= 3'600'000;
  digits.put(rest / 60'000, 2);
  digits.put(':');
  rest %= 60'000;
  digits.put(rest / 1000, 2);
  digits.put('.');
  digits.put(rest % 1000, 3);
  digits.put('Z');
  writer.string(name, digits.view());
}

void write(JsonWriter& writer, std::string_view name, Day day) {
  Digits digits;
  put_day(digits, day);
  writer.string(name, digits.view());
}

void write_iin(JsonWriter& writer, Iin iin) {
  Digits digits;
  digits.put(iin, 8);
  writer.string("iin", digits.view());
}

void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes) {
  writer.string(name, crypto::base64url_encode(bytes));
}

}  // namespace cw::codec
