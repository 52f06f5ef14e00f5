#include "lib/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace cw {

void assert_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "cardwatch: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace cw
