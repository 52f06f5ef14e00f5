#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace cw {

/// Wire names of an enumeration whose values count up from 0, in the order of its enumerators.
template <class Enum, std::size_t kSize>
class CodeNames {
 public:
  explicit constexpr CodeNames(const std::array<std::string_view, kSize>& names) : names_(names) {}

  [[nodiscard]] constexpr std::string_view text(Enum value) const noexcept {
    const auto index = static_cast<std::size_t>(static_cast<std::underlying_type_t<Enum>>(value));
    return index < kSize ? names_[index] : std::string_view{"unknown"};
  }

  [[nodiscard]] constexpr std::optional<Enum> find(std::string_view text) const noexcept {
    for (std::size_t i = 0; i < kSize; ++i) {
      if (names_[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }

 private:
  std::array<std::string_view, kSize> names_;
};

}  // namespace cw
