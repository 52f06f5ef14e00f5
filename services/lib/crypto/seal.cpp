#include "lib/crypto/seal.hpp"

#include "lib/crypto/aead.hpp"
#include "lib/crypto/openssl_raii.hpp"
#include "lib/crypto/random.hpp"

#include <algorithm>
#include <utility>

namespace cw::crypto {
namespace {

constexpr std::uint64_t kSealsMax = std::uint64_t{1} << 32U;
constexpr std::size_t kPanLengthMax = 19;

constexpr std::size_t kKeyIdRandomBytes = 8;
constexpr std::size_t kKeyIdLengthMax = 64;

bool is_key_id(std::string_view id) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= kKeyIdLengthMax &&
         id.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

DataKey DataKey::generate() {
  std::array<std::uint8_t, kBytes> key{};
  random_bytes(key);
  Sensitive bytes{std::string_view(reinterpret_cast<const char*>(key.data()), key.size())};
  wipe(key.data(), key.size());
  return {std::move(bytes), "fk-" + random_hex(kKeyIdRandomBytes)};
}

Result<DataKey> DataKey::from_bytes(Sensitive key, std::string id) {
  if (key.reveal().size() != kBytes) {
    return Error{Errc::kKeyInvalid, "a data key has 32 bytes"};
  }
  if (!is_key_id(id)) {
    return Error{Errc::kKeyInvalid, "a data key's id is 1 to 64 characters of [A-Za-z0-9._-]"};
  }
  return DataKey{std::move(key), std::move(id)};
}

Sealer::Sealer(const DataKey& key) : context_(gcm_context(key.key().reveal(), GcmUse::kEncrypt)) {
  nonce_at_ = nonces_.size();
}

const std::uint8_t* Sealer::next_nonce() {
  ++seals_;
  CW_ASSERT(seals_ <= kSealsMax);
  if (nonce_at_ == nonces_.size()) {
    random_bytes(nonces_);
    nonce_at_ = 0;
  }
  const std::uint8_t* nonce = nonces_.data() + nonce_at_;
  nonce_at_ += kSealNonceBytes;
  return nonce;
}

std::string Sealer::seal(const Pan& pan, const CardRef& card) {
  const std::string_view digits = pan.reveal();
  std::string sealed(kSealNonceBytes + digits.size() + kSealTagBytes, '\0');
  std::copy_n(next_nonce(), kSealNonceBytes, bytes_of(sealed));
  gcm_encrypt(context_.get(), card.hex(), digits, bytes_of(sealed));
  return sealed;
}

Opener::Opener(const DataKey& key) : context_(gcm_context(key.key().reveal(), GcmUse::kDecrypt)) {}

Result<Pan> Opener::open(std::string_view sealed, const CardRef& card) {
  const Error refused{Errc::kDecryptFailed, "sealed card number: not sealed by this key and card"};
  constexpr std::size_t kAround = kSealNonceBytes + kSealTagBytes;
  if (sealed.size() < kAround || sealed.size() > kAround + kPanLengthMax) return refused;

  std::array<char, kPanLengthMax> digits{};
  const std::size_t size = sealed.size() - kAround;
  const bool genuine = gcm_decrypt(
      context_.get(), card.hex(), sealed, reinterpret_cast<std::uint8_t*>(digits.data()));
  auto pan = genuine ? Pan::parse({digits.data(), size}) : Result<Pan>{refused};
  wipe(digits.data(), digits.size());
  return pan;
}

std::string seal(const DataKey& key, const Pan& pan, const CardRef& card) {
  return Sealer{key}.seal(pan, card);
}

Result<Pan> open(const DataKey& key, std::string_view sealed, const CardRef& card) {
  return Opener{key}.open(sealed, card);
}

void CipherContextFree::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

}  // namespace cw::crypto
