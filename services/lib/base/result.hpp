#pragma once

#include "lib/base/errc.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace cw {

struct Error {
  Errc code = Errc::kInternal;
  std::string detail;  ///< What and where. Ids, line numbers and sizes only, never card data.
};

/// A value or the reason why there is none. For what the world can cause; our own bugs stop the
/// process through CW_ASSERT instead. Dropping one does not compile.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// Asking for the arm that is not there is a bug in the caller: the process stops.
  [[nodiscard]] const T& value() const& { return require<0>(state_); }
  [[nodiscard]] T& value() & { return require<0>(state_); }
  [[nodiscard]] T value() && { return std::move(require<0>(state_)); }
  [[nodiscard]] const Error& error() const& { return require<1>(state_); }
  [[nodiscard]] Error error() && { return std::move(require<1>(state_)); }

 private:
  template <std::size_t kArm, class State>
  static auto& require(State& state) {
    if (state.index() != kArm) std::abort();
    return *std::get_if<kArm>(&state);
  }

  std::variant<T, Error> state_;
};

/// Success without a value.
struct Ok {};
using Status = Result<Ok>;

}  // namespace cw
