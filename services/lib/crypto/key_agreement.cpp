#include "lib/crypto/key_agreement.hpp"

#include "lib/crypto/openssl_raii.hpp"
#include "lib/crypto/sha256.hpp"

#include <cstdint>
#include <string>

namespace cw::crypto {
namespace {

constexpr std::size_t kSecretBytes = 32;  ///< P-256 and X25519 alike.
/// A PublicKey was checked when it was made (PublicKey::adopt); to do it again for each message
/// would cost as much as the agreement itself.
constexpr int kNoCheck = 0;

void append_u32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> static_cast<unsigned>(shift)) & 255U));
  }
}

void append_sized(std::string& out, std::string_view text) {
  append_u32(out, text.size());
  out += text;
}

}  // namespace

Result<Sensitive> shared_secret(const PrivateKey& own, const PublicKey& peer) {
  const Error refused{Errc::kDecryptFailed, "key agreement failed"};
  if (own.type() != peer.type()) return refused;
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, own.handle(), nullptr)};
  CW_ASSERT(context != nullptr);
  std::string z(kSecretBytes, '\0');
  std::size_t size = z.size();
  const bool derived = EVP_PKEY_derive_init(context.get()) == 1 &&
                       EVP_PKEY_derive_set_peer_ex(context.get(), peer.handle(), kNoCheck) == 1 &&
                       EVP_PKEY_derive(context.get(), bytes_of(z), &size) == 1 &&
                       size == kSecretBytes;
  Sensitive secret{std::string_view(z)};
  wipe(z.data(), z.size());
  if (!derived) return refused;
  return secret;
}

Sensitive concat_kdf(const Sensitive& z, const AgreementInfo& info, std::size_t key_bytes) {
  std::string input;
  // Reserved at once: growing would leave copies of Z in freed memory.
  input.reserve(z.reveal().size() + info.algorithm.size() + info.apu.size() + info.apv.size() + 64);
  append_u32(input, 1);
  input += z.reveal();
  append_sized(input, info.algorithm);
  append_sized(input, info.apu);
  append_sized(input, info.apv);
  append_u32(input, key_bytes * 8);
  Sha256Digest digest = sha256(input);
  wipe(input.data(), input.size());
  CW_ASSERT(key_bytes <= digest.size());
  Sensitive key{std::string_view(reinterpret_cast<const char*>(digest.data()), key_bytes)};
  wipe(digest.data(), digest.size());
  return key;
}

}  // namespace cw::crypto
