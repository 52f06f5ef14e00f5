#include "lib/crypto/jwk.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/crypto/jose_json.hpp"
#include "lib/crypto/jwk_params.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_text.hpp"
#include "lib/crypto/openssl_raii.hpp"
#include "lib/crypto/sha256.hpp"

#include <openssl/pem.h>

#include <optional>
#include <utility>

namespace cw::crypto {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kKidLengthMax = 256;

Error invalid(std::string_view why) {
  return Error{Errc::kKeyInvalid, std::string(why)};
}

/// Never asks: OpenSSL's own callback would wait for a passphrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*use*/, void* /*context*/) {
  return -1;
}

std::optional<KeyType> type_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kRsaBitsMin || bits > kRsaBitsMax) return std::nullopt;
    return KeyType::kRsa;
  }
  if (EVP_PKEY_is_a(key, "X25519") == 1) return KeyType::kX25519;
  if (EVP_PKEY_is_a(key, "EC") == 1 && is_p256(key)) return KeyType::kEcP256;
  return std::nullopt;
}

/// The JWK members that make up the public key: those of the RFC 7638 thumbprint.
JoseWriter public_members(EVP_PKEY* key, KeyType type) {
  JoseWriter writer;
  for (const auto& [name, value] : public_jwk_members(key, type)) writer.text(name, value);
  return writer;
}

}  // namespace

Result<PublicKey> PublicKey::adopt(Handle key, std::string kid) {
  const auto type = type_of(key.get());
  if (!type) return invalid("key type: RSA of 2048 to 8192 bits, EC P-256 or X25519 is needed");
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1) {
    return invalid("the public key's numbers are not those of a valid key");
  }
  PublicKey adopted{std::move(key), *type};
  adopted.kid_ = kid.empty() ? adopted.thumbprint() : std::move(kid);
  return adopted;
}

Result<PublicKey> PublicKey::from_jwk(std::string_view json) {
  const auto jwk = JoseObject::parse(json);
  if (!jwk) return invalid("JWK: " + jwk.error().detail);
  if (jwk.value().has("d") || jwk.value().has("k")) {
    return invalid("JWK: this is a private key; give the public one");
  }
  const std::string kid{jwk.value().text("kid").value_or("")};
  if (kid.size() > kKidLengthMax) return invalid("JWK: kid is too long");
  auto key = key_from_jwk(jwk.value(), KeyPart::kPublic);
  if (!key) return key.error();
  return adopt(std::move(key).value(), kid);
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const BioHandle input{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  CW_ASSERT(input != nullptr);
  Handle key{PEM_read_bio_PUBKEY(input.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free};
  if (key == nullptr) return invalid("not a public key in PEM (BEGIN PUBLIC KEY)");
  return adopt(std::move(key), {});
}

Result<PublicKey> PublicKey::load(const std::string& path) {
  const auto file = read_key_file(path);
  if (!file) return file.error();
  auto key = from_pem(file.value().content.reveal());
  if (!key) return in_file(path, key.error());
  return key;
}

std::string PublicKey::thumbprint() const {
  const Sha256Digest digest = sha256(public_members(key_.get(), type_).json());
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string PublicKey::to_jwk() const {
  return public_members(key_.get(), type_).text("kid", kid_).json();
}

Result<PrivateKey> PrivateKey::from_jwk(const Sensitive& json) {
  const auto jwk = JoseObject::parse(json.reveal());
  if (!jwk) return invalid("JWK: " + jwk.error().detail);
  const std::string kid{jwk.value().text("kid").value_or("")};
  auto key = key_from_jwk(jwk.value(), KeyPart::kPrivate);
  if (!key) return key.error();
  auto adopted = PublicKey::adopt(std::move(key).value(), kid);
  if (!adopted) return adopted.error();
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, adopted.value().handle(), nullptr)};
  if (EVP_PKEY_pairwise_check(context.get()) != 1) {
    return invalid("JWK: private and public part do not belong together");
  }
  return PrivateKey{std::move(adopted).value()};
}

Result<PrivateKey> PrivateKey::from_pem(const Sensitive& pem) {
  const std::string_view text = pem.reveal();
  const BioHandle input{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  CW_ASSERT(input != nullptr);
  PublicKey::Handle key{PEM_read_bio_PrivateKey(input.get(), nullptr, &no_passphrase, nullptr),
                        &EVP_PKEY_free};
  if (key == nullptr) {
    return invalid("not a private key in PEM without a passphrase (BEGIN PRIVATE KEY)");
  }
  auto adopted = PublicKey::adopt(std::move(key), {});
  if (!adopted) return adopted.error();
  return PrivateKey{std::move(adopted).value()};
}

Result<PrivateKey> PrivateKey::load(const std::string& path) {
  const auto file = read_key_file(path);
  if (!file) return file.error();
  auto key = from_pem(file.value().content);
  if (!key) return in_file(path, key.error());
  return key;
}

PrivateKey PrivateKey::generate(KeyType type) {
  PublicKey::Handle key{generate_key(type), &EVP_PKEY_free};
  CW_ASSERT(key != nullptr);
  auto adopted = PublicKey::adopt(std::move(key), {});
  return PrivateKey{std::move(adopted).value()};
}

PrivateKey PrivateKey::ephemeral(KeyType type) {
  PublicKey::Handle key{generate_key(type), &EVP_PKEY_free};
  CW_ASSERT(key != nullptr);
  PublicKey fresh{std::move(key), type};
  fresh.kid_ = "ephemeral";
  return PrivateKey{std::move(fresh)};
}

Sensitive PrivateKey::to_jwk() const {
  JoseWriter writer = public_members(handle(), type());
  for (const auto& [name, value] : private_jwk_members(handle(), type())) {
    writer.text(name, value.reveal());
  }
  return Sensitive{writer.text("kid", kid()).json()};
}

}  // namespace cw::crypto
