#include "lib/crypto/aead.hpp"

#include "lib/crypto/openssl_raii.hpp"

#include <array>
#include <limits>

namespace cw::crypto {
namespace {

constexpr std::size_t kAes256Bytes = 32;

const EVP_CIPHER* algorithm(std::size_t key_bytes) {
  static const EVP_CIPHER* const kAes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const kAes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  return key_bytes == kAes256Bytes ? kAes256 : kAes128;
}

int length_of(std::string_view text) {
  CW_ASSERT(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(text.size());
}

}  // namespace

CipherContext gcm_context(std::string_view key, GcmUse use) {
  const EVP_CIPHER* cipher = algorithm(key.size());
  CW_ASSERT(cipher != nullptr);
  CW_ASSERT(static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher)) == key.size());
  CipherContext context{EVP_CIPHER_CTX_new()};
  CW_ASSERT(context != nullptr);
  const int encrypt = use == GcmUse::kEncrypt ? 1 : 0;
  require_ok(EVP_CipherInit_ex2(context.get(), cipher, bytes_of(key), nullptr, encrypt, nullptr));
  return context;
}

void gcm_encrypt(evp_cipher_ctx_st* context,
                 std::string_view associated,
                 std::string_view plaintext,
                 std::uint8_t* box) {
  std::uint8_t* ciphertext = box + kSealNonceBytes;
  int written = 0;
  require_ok(EVP_EncryptInit_ex2(context, nullptr, nullptr, box, nullptr));
  require_ok(
      EVP_EncryptUpdate(context, nullptr, &written, bytes_of(associated), length_of(associated)));
  require_ok(
      EVP_EncryptUpdate(context, ciphertext, &written, bytes_of(plaintext), length_of(plaintext)));
  require_ok(EVP_EncryptFinal_ex(context, ciphertext + plaintext.size(), &written));
  require_ok(EVP_CIPHER_CTX_ctrl(context,
                                 EVP_CTRL_AEAD_GET_TAG,
                                 static_cast<int>(kSealTagBytes),
                                 ciphertext + plaintext.size()));
}

bool gcm_decrypt(evp_cipher_ctx_st* context,
                 std::string_view associated,
                 std::string_view box,
                 std::uint8_t* plaintext) {
  CW_ASSERT(box.size() >= kSealNonceBytes + kSealTagBytes);
  const std::string_view ciphertext =
      box.substr(kSealNonceBytes, box.size() - kSealNonceBytes - kSealTagBytes);
  std::array<std::uint8_t, kSealTagBytes> tag{};
  box.copy(reinterpret_cast<char*>(tag.data()), tag.size(), box.size() - tag.size());
  int written = 0;
  require_ok(EVP_DecryptInit_ex2(context, nullptr, nullptr, bytes_of(box), nullptr));
  require_ok(
      EVP_DecryptUpdate(context, nullptr, &written, bytes_of(associated), length_of(associated)));
  require_ok(
      EVP_DecryptUpdate(context, plaintext, &written, bytes_of(ciphertext), length_of(ciphertext)));
  require_ok(EVP_CIPHER_CTX_ctrl(
      context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()));
  return EVP_DecryptFinal_ex(context, plaintext + ciphertext.size(), &written) == 1;
}

}  // namespace cw::crypto
