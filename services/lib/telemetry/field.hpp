#pragma once

#include "lib/base/errc.hpp"
#include "lib/base/sensitive.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace cw::telemetry {

/// One key=value of a log line. Views only: made for the argument list of one log call.
///
/// cw::Sensitive does not convert, by design: what may not be printed cannot be logged.
class Field {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(std::string_view{value}) {}
  Field(std::string_view key, const std::string& value)
      : key_(key), value_(std::string_view{value}) {}
  Field(std::string_view key, double value) : key_(key), value_(value) {}
  Field(std::string_view key, Errc code) : key_(key), value_(name(code)) {}

  template <std::integral T>
  Field(std::string_view key, T value) : key_(key), value_(widen(value)) {}

  Field(std::string_view key, const Sensitive& value) = delete;

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] const Value& value() const noexcept { return value_; }

 private:
  template <std::integral T>
  static Value widen(T value) {
    if constexpr (std::same_as<T, bool>) {
      return value;
    } else if constexpr (std::signed_integral<T>) {
      return std::int64_t{value};
    } else {
      return std::uint64_t{value};
    }
  }

  std::string_view key_;
  Value value_;
};

}  // namespace cw::telemetry
