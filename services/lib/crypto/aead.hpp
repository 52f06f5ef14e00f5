#pragma once

#include "lib/crypto/seal.hpp"

#include <cstdint>
#include <string_view>

/// AES-GCM over boxes laid out as nonce (12) | ciphertext | tag (16). For lib/crypto's sources and
/// its tests against published vectors.
namespace cw::crypto {

enum class GcmUse { kEncrypt, kDecrypt };

/// A context for keys of 32 bytes (16 only in tests), to be used for any number of messages.
[[nodiscard]] CipherContext gcm_context(std::string_view key, GcmUse use);

/// `box` holds the nonce already and has room for plaintext.size() + 16 bytes behind it.
void gcm_encrypt(evp_cipher_ctx_st* context,
                 std::string_view associated,
                 std::string_view plaintext,
                 std::uint8_t* box);

/// Writes box.size() - 28 bytes to `plaintext`; false if anything differs, and then what was
/// written must not be used. `box` has at least 28 bytes.
[[nodiscard]] bool gcm_decrypt(evp_cipher_ctx_st* context,
                               std::string_view associated,
                               std::string_view box,
                               std::uint8_t* plaintext);

}  // namespace cw::crypto
