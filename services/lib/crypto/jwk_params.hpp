#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/crypto/jose_json.hpp"
#include "lib/crypto/jwk.hpp"

#include <map>
#include <memory>
#include <string>

struct evp_pkey_st;

/// Between JWK members and OpenSSL keys. For lib/crypto's sources only.
namespace cw::crypto {

enum class KeyPart { kPublic, kPrivate };

/// Builds the key from kty, crv and the number members. Fails with kKeyInvalid.
[[nodiscard]] Result<std::shared_ptr<evp_pkey_st>> key_from_jwk(const JoseObject& jwk,
                                                                KeyPart part);

/// kty, crv and the public numbers, base64url.
[[nodiscard]] std::map<std::string, std::string> public_jwk_members(evp_pkey_st* key, KeyType type);
/// The private numbers.
[[nodiscard]] std::map<std::string, Sensitive> private_jwk_members(evp_pkey_st* key, KeyType type);

[[nodiscard]] bool is_p256(evp_pkey_st* key);

/// A new key (RSA: 3072 bits); the caller owns it. nullptr if OpenSSL fails.
[[nodiscard]] evp_pkey_st* generate_key(KeyType type);

}  // namespace cw::crypto
