#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cw::crypto {

/// Fills `out` from the system's cryptographic generator. Stops the process if that fails: no
/// caller could do anything safe afterwards. THREAD: safe.
void random_bytes(std::span<std::uint8_t> out);

/// `bytes` random bytes as lower-case hex, for ids that must not be guessable or collide.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace cw::crypto
