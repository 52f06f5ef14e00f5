#include "lib/crypto/random.hpp"

#include "lib/base/hex.hpp"
#include "lib/crypto/openssl_raii.hpp"

#include <openssl/rand.h>

#include <vector>

namespace cw::crypto {

void random_bytes(std::span<std::uint8_t> out) {
  require_ok(RAND_bytes(out.data(), static_cast<int>(out.size())));
}

std::string random_hex(std::size_t bytes) {
  std::vector<std::uint8_t> buffer(bytes);
  random_bytes(buffer);
  return to_hex(buffer);
}

}  // namespace cw::crypto
