#pragma once

namespace cw {

/// Prints the place and the broken expectation to stderr and stops the process.
[[noreturn]] void assert_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace cw

/// Always on: a service that has lost its invariants must stop rather than count on.
#define CW_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::cw::assert_failed(#expression, __FILE__, __LINE__))
