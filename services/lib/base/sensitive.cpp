#include "lib/base/sensitive.hpp"

#include <cstring>

namespace cw {

void wipe(void* data, std::size_t size) noexcept {
  if (size > 0) ::explicit_bzero(data, size);
}

}  // namespace cw
