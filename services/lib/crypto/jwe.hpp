#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/crypto/jwk.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cw::crypto {

/// What the sender says beside the content; all of it is authenticated, none of it is encrypted.
struct JweFields {
  std::string cty;                           ///< Content type; empty: left out.
  std::optional<std::int64_t> iat;           ///< Issued at, seconds since 1970.
  std::map<std::string, std::string> extra;  ///< Further text members, by name.
};

struct JweHeader {
  std::string alg;  ///< "RSA-OAEP-256" or "ECDH-ES".
  std::string enc;  ///< "A256GCM".
  std::string kid;  ///< May be empty.
  JweFields fields;
};

struct JweMessage {
  JweHeader header;
  Sensitive plaintext;
};

inline constexpr std::size_t kJweHeaderBytesMax = 4 * 1024;
inline constexpr std::size_t kJweBytesMax = 16 * 1024 * 1024;

/// RFC 7516 compact serialisation. The key decides the algorithm: RSA keys RSA-OAEP-256, EC P-256
/// and X25519 keys ECDH-ES (direct agreement, a fresh key pair each time); the content is always
/// A256GCM with a fresh key and nonce. Fails with kLimitReached when the result would pass
/// kJweBytesMax, with kKeyInvalid when the key cannot be used.
[[nodiscard]] Result<std::string> jwe_encrypt(const PublicKey& to,
                                              std::string_view plaintext,
                                              const JweFields& fields = {});

/// Reads the header without any check of authenticity, e.g. to choose the key by kid. Fails with
/// kDecryptFailed if it is not a compact JWE of an algorithm that we allow.
[[nodiscard]] Result<JweHeader> jwe_peek(std::string_view compact);

/// Decrypts. Refused: algorithms other than the key's own, any enc but A256GCM, compression
/// (`zip`), critical extensions (`crit`), more than `bytes_max` characters. All refusals are
/// kDecryptFailed (kLimitReached for the size), so that an attacker learns nothing from them.
[[nodiscard]] Result<JweMessage> jwe_decrypt(const PrivateKey& with,
                                             std::string_view compact,
                                             std::size_t bytes_max = kJweBytesMax);

}  // namespace cw::crypto
