#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace cw {

/// A value with a meaning: explicit in and explicit out, so that an issuer id cannot be passed
/// where an incident id is wanted.
template <class Tag, class T>
class Strong {
 public:
  using value_type = T;

  Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}

  [[nodiscard]] constexpr const T& get() const noexcept { return value_; }

  friend auto operator<=>(const Strong&, const Strong&) = default;
  friend bool operator==(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

}  // namespace cw

template <class Tag, class T>
struct std::hash<cw::Strong<Tag, T>> {
  std::size_t operator()(const cw::Strong<Tag, T>& strong) const noexcept {
    return std::hash<T>{}(strong.get());
  }
};
