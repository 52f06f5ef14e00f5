#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/crypto/jwk.hpp"

#include <cstddef>
#include <string_view>

/// The parts of ECDH-ES (RFC 7518 section 4.6). For lib/crypto's sources and its tests against
/// published vectors.
namespace cw::crypto {

/// Z. Both keys must be of the same curve. Fails with kDecryptFailed, e.g. for a peer point of
/// small order.
[[nodiscard]] Result<Sensitive> shared_secret(const PrivateKey& own, const PublicKey& peer);

/// What both sides mix into the key beside Z.
struct AgreementInfo {
  std::string_view algorithm;  ///< `enc` for direct agreement.
  std::string_view apu;        ///< Party infos, decoded; may be empty.
  std::string_view apv;
};

/// NIST SP 800-56A Concat KDF with SHA-256, one round: at most 32 bytes.
[[nodiscard]] Sensitive concat_kdf(const Sensitive& z,
                                   const AgreementInfo& info,
                                   std::size_t key_bytes);

}  // namespace cw::crypto
