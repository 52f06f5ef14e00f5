#include "lib/crypto/signature_key.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/crypto/digests.hpp"
#include "lib/crypto/jose_json.hpp"
#include "lib/crypto/jwk_params.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_text.hpp"
#include "lib/crypto/openssl_raii.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace cw::crypto {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kKeyidLengthMax = 256;
constexpr std::size_t kSecretBytesMin = 32;
constexpr std::size_t kSecretBytesMax = 256;
constexpr int kNumberBytes = 32;  ///< r and s of P-256; a public key of Ed25519.
constexpr int kPssSaltBytes = 64;

using Handle = std::shared_ptr<evp_pkey_st>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeWith<&ECDSA_SIG_free>>;

Error invalid(std::string_view why) {
  return Error{Errc::kKeyInvalid, "signature key: " + std::string(why)};
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*use*/, void* /*context*/) {
  return -1;
}

std::optional<SignatureAlgorithm> algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return SignatureAlgorithm::kEd25519;
  if (EVP_PKEY_is_a(key, "EC") == 1 && is_p256(key)) return SignatureAlgorithm::kEcdsaP256Sha256;
  const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
  const int bits = EVP_PKEY_get_bits(key);
  if (rsa && bits >= kRsaBitsMin && bits <= kRsaBitsMax) return SignatureAlgorithm::kRsaPssSha512;
  return std::nullopt;
}

bool signs(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kEd25519 ||
         algorithm == SignatureAlgorithm::kEcdsaP256Sha256;
}

std::string ed25519_public(EVP_PKEY* key) {
  std::string bytes(kNumberBytes, '\0');
  std::size_t size = bytes.size();
  require_ok(EVP_PKEY_get_raw_public_key(key, bytes_of(bytes), &size));
  return bytes;
}

/// RFC 7638 over the members that make up the public key.
std::string thumbprint(EVP_PKEY* key, SignatureAlgorithm algorithm) {
  JoseWriter jwk;
  if (algorithm == SignatureAlgorithm::kEd25519) {
    jwk.text("crv", "Ed25519").text("kty", "OKP");
    jwk.text("x", base64url_encode(ed25519_public(key)));
  } else {
    const bool ec = algorithm == SignatureAlgorithm::kEcdsaP256Sha256;
    for (const auto& [name, value] :
         public_jwk_members(key, ec ? KeyType::kEcP256 : KeyType::kRsa)) {
      jwk.text(name, value);
    }
  }
  return base64url_encode(sha256_bytes(jwk.json()));
}

bool usable_keyid(std::string_view keyid) {
  return keyid.size() <= kKeyidLengthMax &&
         std::all_of(keyid.begin(), keyid.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// r | s, each of 32 bytes, as JOSE and RFC 9421 have it, from and to OpenSSL's DER.
std::string raw_from_der(std::string_view der) {
  const std::uint8_t* at = bytes_of(der);
  const EcdsaSignature parts{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  CW_ASSERT(parts != nullptr);
  std::string raw(2 * kNumberBytes, '\0');
  const auto put = [&](const BIGNUM* number, std::size_t offset) {
    CW_ASSERT(BN_bn2binpad(number, bytes_of(raw) + offset, kNumberBytes) == kNumberBytes);
  };
  put(ECDSA_SIG_get0_r(parts.get()), 0);
  put(ECDSA_SIG_get0_s(parts.get()), kNumberBytes);
  return raw;
}

std::string der_from_raw(std::string_view raw) {
  const EcdsaSignature parts{ECDSA_SIG_new()};
  BIGNUM* r = BN_bin2bn(bytes_of(raw), kNumberBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + kNumberBytes, kNumberBytes, nullptr);
  CW_ASSERT(parts != nullptr && r != nullptr && s != nullptr);
  require_ok(ECDSA_SIG_set0(parts.get(), r, s));
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(parts.get(), nullptr)), '\0');
  std::uint8_t* at = bytes_of(der);
  CW_ASSERT(i2d_ECDSA_SIG(parts.get(), &at) == static_cast<int>(der.size()));
  return der;
}

const char* digest_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEcdsaP256Sha256:
    case SignatureAlgorithm::kRsaV15Sha256:
      return "SHA256";
    case SignatureAlgorithm::kRsaPssSha512:
      return "SHA512";
    case SignatureAlgorithm::kEd25519:
    case SignatureAlgorithm::kHmacSha256:
      break;
  }
  return nullptr;
}

bool verify_with(EVP_PKEY* key,
                 SignatureAlgorithm algorithm,
                 std::string_view content,
                 std::string_view signature) {
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* settings = nullptr;  // Owned by `context`.
  require_ok(EVP_DigestVerifyInit_ex(
      context.get(), &settings, digest_of(algorithm), nullptr, nullptr, key, nullptr));
  if (algorithm == SignatureAlgorithm::kRsaPssSha512) {
    const bool set = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, kPssSaltBytes) == 1;
    if (!set) return false;  // The key itself may ask for other parameters.
  }
  return EVP_DigestVerify(context.get(),
                          bytes_of(signature),
                          signature.size(),
                          bytes_of(content),
                          content.size()) == 1;
}

template <class Key, class Parse>
Result<Key> load_from(const std::string& path, Parse parse) {
  const auto file = read_key_file(path);
  if (!file) return file.error();
  auto key = parse(file.value().content);
  if (!key) return in_file(path, key.error());
  return key;
}

std::string pem_text(BIO* bio) {
  char* data = nullptr;
  // BIO_get_mem_data is a macro with an old-style cast.
  const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string_view name(SignatureAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case SignatureAlgorithm::kEd25519:
      return "ed25519";
    case SignatureAlgorithm::kEcdsaP256Sha256:
      return "ecdsa-p256-sha256";
    case SignatureAlgorithm::kRsaPssSha512:
      return "rsa-pss-sha512";
    case SignatureAlgorithm::kRsaV15Sha256:
      return "rsa-v1_5-sha256";
    case SignatureAlgorithm::kHmacSha256:
      return "hmac-sha256";
  }
  return "unknown";
}

Result<VerificationKey> VerificationKey::adopt(Handle key, std::string keyid) {
  const auto algorithm = algorithm_of(key.get());
  if (!algorithm) return invalid("Ed25519, EC P-256 or RSA of 2048 to 8192 bits is needed");
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1) {
    return invalid("its numbers are not those of a valid key");
  }
  if (!usable_keyid(keyid)) return invalid("keyid is longer than 256 or not printable ASCII");
  VerificationKey adopted;
  adopted.algorithm_ = *algorithm;
  adopted.keyid_ = keyid.empty() ? thumbprint(key.get(), *algorithm) : std::move(keyid);
  adopted.key_ = std::move(key);
  return adopted;
}

Result<VerificationKey> VerificationKey::from_pem(std::string_view pem, std::string keyid) {
  const BioHandle input{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  CW_ASSERT(input != nullptr);
  Handle key{PEM_read_bio_PUBKEY(input.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free};
  if (key == nullptr) return invalid("not a public key in PEM (BEGIN PUBLIC KEY)");
  return adopt(std::move(key), std::move(keyid));
}

Result<VerificationKey> VerificationKey::from_jwk(std::string_view json) {
  const auto jwk = JoseObject::parse(json);
  if (!jwk) return invalid("JWK: " + jwk.error().detail);
  if (jwk.value().has("d") || jwk.value().has("k")) return invalid("JWK: this one is private");
  const std::string keyid{jwk.value().text("kid").value_or("")};
  if (jwk.value().text("crv") != "Ed25519") {
    auto key = key_from_jwk(jwk.value(), KeyPart::kPublic);
    if (!key) return key.error();
    return adopt(std::move(key).value(), keyid);
  }
  const auto x = base64url_decode(jwk.value().text("x").value_or(""), kNumberBytes);
  if (!x || x->size() != kNumberBytes) return invalid("JWK: Ed25519 needs x of 32 bytes");
  Handle key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()),
             &EVP_PKEY_free};
  if (key == nullptr) return invalid("JWK: x is not an Ed25519 public key");
  return adopt(std::move(key), keyid);
}

Result<VerificationKey> VerificationKey::load(const std::string& path, std::string keyid) {
  return load_from<VerificationKey>(
      path, [&keyid](const Sensitive& pem) { return from_pem(pem.reveal(), std::move(keyid)); });
}

Result<VerificationKey> VerificationKey::hmac(const Sensitive& secret, std::string keyid) {
  const std::size_t size = secret.reveal().size();
  if (size < kSecretBytesMin || size > kSecretBytesMax) {
    return invalid("a shared secret has 32 to 256 bytes");
  }
  if (keyid.empty() || !usable_keyid(keyid)) return invalid("a shared secret needs a keyid");
  VerificationKey key;
  key.secret_ = secret;
  key.algorithm_ = SignatureAlgorithm::kHmacSha256;
  key.keyid_ = std::move(keyid);
  return key;
}

Result<VerificationKey> VerificationKey::with_pkcs1_v15() const {
  if (key_ == nullptr || EVP_PKEY_is_a(key_.get(), "RSA") != 1) return invalid("not an RSA key");
  VerificationKey other = *this;
  other.algorithm_ = SignatureAlgorithm::kRsaV15Sha256;
  return other;
}

bool VerificationKey::verifies(std::string_view content, std::string_view signature) const {
  if (algorithm_ == SignatureAlgorithm::kHmacSha256) {
    return equal_bytes(hmac_sha256(secret_.reveal(), content), signature);
  }
  if (algorithm_ != SignatureAlgorithm::kEcdsaP256Sha256) {
    return verify_with(key_.get(), algorithm_, content, signature);
  }
  if (signature.size() != 2 * kNumberBytes) return false;
  return verify_with(key_.get(), algorithm_, content, der_from_raw(signature));
}

std::string VerificationKey::to_pem() const {
  if (key_ == nullptr) return {};
  const BioHandle output{BIO_new(BIO_s_mem())};
  require_ok(PEM_write_bio_PUBKEY(output.get(), key_.get()));
  return pem_text(output.get());
}

Result<SigningKey> SigningKey::from_pem(const Sensitive& pem, std::string keyid) {
  const std::string_view text = pem.reveal();
  const BioHandle input{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  CW_ASSERT(input != nullptr);
  Handle key{PEM_read_bio_PrivateKey(input.get(), nullptr, &no_passphrase, nullptr),
             &EVP_PKEY_free};
  if (key == nullptr) {
    return invalid("not a private key in PEM without a passphrase (BEGIN PRIVATE KEY)");
  }
  auto adopted = VerificationKey::adopt(std::move(key), std::move(keyid));
  if (!adopted) return adopted.error();
  if (!signs(adopted.value().algorithm())) return invalid("Ed25519 or EC P-256 is needed to sign");
  return SigningKey{std::move(adopted).value()};
}

Result<SigningKey> SigningKey::load(const std::string& path, std::string keyid) {
  return load_from<SigningKey>(
      path, [&keyid](const Sensitive& pem) { return from_pem(pem, std::move(keyid)); });
}

SigningKey SigningKey::generate(SignatureAlgorithm algorithm) {
  CW_ASSERT(signs(algorithm));
  Handle key{algorithm == SignatureAlgorithm::kEd25519
                 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                 : generate_key(KeyType::kEcP256),
             &EVP_PKEY_free};
  CW_ASSERT(key != nullptr);
  auto adopted = VerificationKey::adopt(std::move(key), {});
  return SigningKey{std::move(adopted).value()};
}

VerificationKey SigningKey::verification_key() const {
  auto key = VerificationKey::from_pem(public_.to_pem(), public_.keyid());
  return std::move(key).value();
}

std::string SigningKey::sign(std::string_view content) const {
  const DigestContext context{EVP_MD_CTX_new()};
  require_ok(EVP_DigestSignInit_ex(context.get(),
                                   nullptr,
                                   digest_of(algorithm()),
                                   nullptr,
                                   nullptr,
                                   public_.key_.get(),
                                   nullptr));
  std::size_t size = 0;
  require_ok(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(content), content.size()));
  std::string signature(size, '\0');
  require_ok(
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(content), content.size()));
  signature.resize(size);
  if (algorithm() == SignatureAlgorithm::kEcdsaP256Sha256) return raw_from_der(signature);
  return signature;
}

Sensitive SigningKey::to_pem() const {
  const BioHandle output{BIO_new(BIO_s_secmem())};
  require_ok(PEM_write_bio_PKCS8PrivateKey(
      output.get(), public_.key_.get(), nullptr, nullptr, 0, nullptr, nullptr));
  return Sensitive{pem_text(output.get())};
}

}  // namespace cw::crypto
