#include "lib/crypto/sha256.hpp"

#include "lib/base/hex.hpp"
#include "lib/crypto/openssl_raii.hpp"

namespace cw::crypto {
namespace {

/// Fetched once: OpenSSL 3 looks an algorithm up again for every use of EVP_sha256().
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CW_ASSERT(kAlgorithm != nullptr);
  return kAlgorithm;
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
  Sha256Digest digest{};
  require_ok(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr));
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CW_ASSERT(context_ != nullptr);
  require_ok(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr));
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require_ok(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  require_ok(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  return digest;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

}  // namespace cw::crypto
