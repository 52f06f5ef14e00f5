#include "lib/crypto/jwk_params.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/crypto/openssl_raii.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>
#include <utility>

namespace cw::crypto {
namespace {

constexpr std::size_t kNumberBytesMax = 1024;  ///< RSA of 8192 bits.
constexpr std::size_t kCurveBytes = 32;        ///< P-256 and X25519.
constexpr std::size_t kRsaGeneratedBits = 3072;
constexpr char kP256Group[] = "prime256v1";

using Handle = std::shared_ptr<evp_pkey_st>;

struct NamedNumber {
  const char* jwk;
  const char* openssl;
};
constexpr std::array<NamedNumber, 2> kRsaPublic{
    {{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}}};
constexpr std::array<NamedNumber, 6> kRsaPrivate{{{"d", OSSL_PKEY_PARAM_RSA_D},
                                                  {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                                  {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                                  {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                                  {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                                  {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};

Error invalid(std::string_view why) {
  return Error{Errc::kKeyInvalid, "JWK: " + std::string(why)};
}

/// A base64url member of 1 to kNumberBytesMax bytes.
std::optional<Sensitive> number(const JoseObject& jwk, std::string_view name) {
  const auto text = jwk.text(name);
  if (!text) return std::nullopt;
  auto bytes = base64url_decode(*text, kNumberBytesMax);
  if (!bytes || bytes->empty()) return std::nullopt;
  return Sensitive{std::move(*bytes)};
}

/// As number(), with the one length that RFC 7518 and RFC 8037 allow.
std::optional<Sensitive> coordinate(const JoseObject& jwk, std::string_view name) {
  auto bytes = number(jwk, name);
  if (bytes && bytes->reveal().size() != kCurveBytes) return std::nullopt;
  return bytes;
}

BigNumber to_number(const Sensitive& bytes) {
  BigNumber value{BN_bin2bn(
      bytes_of(bytes.reveal()), static_cast<int>(bytes.reveal().size()), BN_secure_new())};
  CW_ASSERT(value != nullptr);
  return value;
}

Handle build(const char* type, OSSL_PARAM_BLD* builder, KeyPart part) {
  const Params params{OSSL_PARAM_BLD_to_param(builder)};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  CW_ASSERT(params != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  const int selection = part == KeyPart::kPublic ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  const bool built = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                     EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) == 1;
  return {built ? key : nullptr, &EVP_PKEY_free};
}

Result<Handle> rsa_from_jwk(const JoseObject& jwk, KeyPart part) {
  const ParamBuilder builder{OSSL_PARAM_BLD_new()};
  std::array<BigNumber, kRsaPublic.size() + kRsaPrivate.size()> kept;
  std::size_t used = 0;
  const auto add = [&](const NamedNumber& name) {
    const auto value = number(jwk, name.jwk);
    if (!value) return false;
    kept[used] = to_number(*value);
    return OSSL_PARAM_BLD_push_BN(builder.get(), name.openssl, kept[used++].get()) == 1;
  };
  for (const auto& name : kRsaPublic) {
    if (!add(name)) return invalid("RSA needs n and e in base64url");
  }
  if (part == KeyPart::kPrivate) {
    for (const auto& name : kRsaPrivate) {
      if (!add(name)) return invalid("a private RSA key needs d, p, q, dp, dq and qi in base64url");
    }
  }
  auto key = build("RSA", builder.get(), part);
  if (key == nullptr) return invalid("the numbers do not make an RSA key");
  return key;
}

Result<Handle> p256_from_jwk(const JoseObject& jwk, KeyPart part) {
  const auto x = coordinate(jwk, "x");
  const auto y = coordinate(jwk, "y");
  if (!x || !y) return invalid("EC P-256 needs x and y of 32 bytes in base64url");
  const std::string point = "\x04" + std::string(x->reveal()) + std::string(y->reveal());

  const ParamBuilder builder{OSSL_PARAM_BLD_new()};
  require_ok(
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kP256Group, 0));
  require_ok(OSSL_PARAM_BLD_push_octet_string(
      builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()));
  BigNumber secret;
  if (part == KeyPart::kPrivate) {
    const auto d = coordinate(jwk, "d");
    if (!d) return invalid("a private EC P-256 key needs d of 32 bytes in base64url");
    secret = to_number(*d);
    require_ok(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()));
  }
  auto key = build("EC", builder.get(), part);
  if (key == nullptr) return invalid("x and y are not a point of P-256");
  return key;
}

Result<Handle> x25519_from_jwk(const JoseObject& jwk, KeyPart part) {
  const auto x = coordinate(jwk, "x");
  if (!x) return invalid("X25519 needs x of 32 bytes in base64url");
  if (part == KeyPart::kPublic) {
    return Handle{
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes_of(x->reveal()), kCurveBytes),
        &EVP_PKEY_free};
  }
  const auto d = coordinate(jwk, "d");
  if (!d) return invalid("a private X25519 key needs d of 32 bytes in base64url");
  Handle key{
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes_of(d->reveal()), kCurveBytes),
      &EVP_PKEY_free};
  // The public half was computed from d: x must say the same.
  if (key == nullptr || public_jwk_members(key.get(), KeyType::kX25519).at("x") != jwk.text("x")) {
    return invalid("x does not belong to d");
  }
  return key;
}

/// Base64url of the number `name`, padded to `width` bytes (0: as short as it is).
Sensitive number_text(EVP_PKEY* key, const char* name, std::size_t width) {
  BIGNUM* raw = nullptr;
  require_ok(EVP_PKEY_get_bn_param(key, name, &raw));
  const BigNumber value{raw};
  const std::size_t size = width == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : width;
  std::string bytes(size, '\0');
  CW_ASSERT(BN_bn2binpad(raw, bytes_of(bytes), static_cast<int>(size)) >= 0);
  Sensitive text{base64url_encode(bytes)};
  wipe(bytes.data(), bytes.size());
  return text;
}

using RawReader = int (*)(const EVP_PKEY*, unsigned char*, std::size_t*);

Sensitive raw_text(EVP_PKEY* key, RawReader read) {
  std::string bytes(kCurveBytes, '\0');
  std::size_t size = bytes.size();
  require_ok(read(key, bytes_of(bytes), &size));
  Sensitive text{base64url_encode(bytes)};
  wipe(bytes.data(), bytes.size());
  return text;
}

}  // namespace

Result<std::shared_ptr<evp_pkey_st>> key_from_jwk(const JoseObject& jwk, KeyPart part) {
  const auto kty = jwk.text("kty").value_or("");
  const auto crv = jwk.text("crv").value_or("");
  if (kty == "RSA") return rsa_from_jwk(jwk, part);
  if (kty == "EC" && crv == "P-256") return p256_from_jwk(jwk, part);
  if (kty == "OKP" && crv == "X25519") return x25519_from_jwk(jwk, part);
  return invalid("kty must be RSA, EC (crv P-256) or OKP (crv X25519)");
}

std::map<std::string, std::string> public_jwk_members(evp_pkey_st* key, KeyType type) {
  const auto text = [key](const char* name, std::size_t width) {
    return std::string(number_text(key, name, width).reveal());
  };
  switch (type) {
    case KeyType::kRsa:
      return {{"kty", "RSA"},
              {"n", text(OSSL_PKEY_PARAM_RSA_N, 0)},
              {"e", text(OSSL_PKEY_PARAM_RSA_E, 0)}};
    case KeyType::kEcP256:
      return {{"kty", "EC"},
              {"crv", "P-256"},
              {"x", text(OSSL_PKEY_PARAM_EC_PUB_X, kCurveBytes)},
              {"y", text(OSSL_PKEY_PARAM_EC_PUB_Y, kCurveBytes)}};
    case KeyType::kX25519:
      return {{"kty", "OKP"},
              {"crv", "X25519"},
              {"x", std::string(raw_text(key, &EVP_PKEY_get_raw_public_key).reveal())}};
  }
  return {};
}

std::map<std::string, Sensitive> private_jwk_members(evp_pkey_st* key, KeyType type) {
  std::map<std::string, Sensitive> members;
  switch (type) {
    case KeyType::kRsa:
      for (const auto& [jwk, openssl] : kRsaPrivate) members[jwk] = number_text(key, openssl, 0);
      break;
    case KeyType::kEcP256:
      members["d"] = number_text(key, OSSL_PKEY_PARAM_PRIV_KEY, kCurveBytes);
      break;
    case KeyType::kX25519:
      members["d"] = raw_text(key, &EVP_PKEY_get_raw_private_key);
      break;
  }
  return members;
}

bool is_p256(evp_pkey_st* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == kP256Group;
}

evp_pkey_st* generate_key(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaGeneratedBits);
    case KeyType::kEcP256:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kP256Group);
    case KeyType::kX25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  }
  return nullptr;
}

}  // namespace cw::crypto
