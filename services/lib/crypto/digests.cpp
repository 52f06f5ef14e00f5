#include "lib/crypto/digests.hpp"

#include "lib/crypto/openssl_raii.hpp"

#include <openssl/crypto.h>

namespace cw::crypto {
namespace {

constexpr std::size_t kSha256Bytes = 32;
constexpr std::size_t kSha512Bytes = 64;

std::string digest(const char* algorithm, std::size_t bytes, std::string_view content) {
  std::string out(bytes, '\0');
  std::size_t size = 0;
  require_ok(EVP_Q_digest(
      nullptr, algorithm, nullptr, bytes_of(content), content.size(), bytes_of(out), &size));
  CW_ASSERT(size == bytes);
  return out;
}

}  // namespace

std::string sha256_bytes(std::string_view content) {
  return digest("SHA256", kSha256Bytes, content);
}

std::string sha512_bytes(std::string_view content) {
  return digest("SHA512", kSha512Bytes, content);
}

std::string hmac_sha256(std::string_view key, std::string_view content) {
  std::string tag(kSha256Bytes, '\0');
  std::size_t size = 0;
  CW_ASSERT(EVP_Q_mac(nullptr,
                      "HMAC",
                      nullptr,
                      "SHA256",
                      nullptr,
                      key.data(),
                      key.size(),
                      bytes_of(content),
                      content.size(),
                      bytes_of(tag),
                      tag.size(),
                      &size) != nullptr);
  CW_ASSERT(size == kSha256Bytes);
  return tag;
}

bool equal_bytes(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace cw::crypto
