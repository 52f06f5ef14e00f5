#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace cw::notifier {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they are");

/// Appends to a record.
template <class Number>
void put_number(std::string& to, Number number) {
  static_assert(std::is_integral_v<Number>);
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

inline void put_text(std::string& to, std::string_view text) {
  put_number(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

/// Takes a record apart, front to back; what is asked for beyond its end, or left over, makes it
/// not good().
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  [[nodiscard]] Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::string_view text() { return take(number<std::uint32_t>()); }
  /// Fills `array` from as many bytes.
  template <class Array>
  void fill(Array& array) {
    const std::string_view bytes = take(array.size());
    if (!bytes.empty()) std::memcpy(array.data(), bytes.data(), array.size());
  }
  [[nodiscard]] std::string_view rest() { return take(rest_.size()); }
  [[nodiscard]] bool good() const noexcept { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace cw::notifier
