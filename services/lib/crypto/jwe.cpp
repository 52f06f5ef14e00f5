#include "lib/crypto/jwe.hpp"

#include "lib/crypto/aead.hpp"
#include "lib/crypto/base64.hpp"
#include "lib/crypto/jose_json.hpp"
#include "lib/crypto/jwk_params.hpp"
#include "lib/crypto/key_agreement.hpp"
#include "lib/crypto/openssl_raii.hpp"
#include "lib/crypto/random.hpp"

#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cw::crypto {
namespace {

constexpr std::string_view kRsaOaep256 = "RSA-OAEP-256";
constexpr std::string_view kEcdhEs = "ECDH-ES";
constexpr std::string_view kA256Gcm = "A256GCM";
constexpr std::size_t kContentKeyBytes = 32;
constexpr std::size_t kEncryptedKeyBytesMax = 1024;  ///< RSA of 8192 bits.
constexpr std::size_t kPartyInfoBytesMax = 256;
constexpr std::array<std::string_view, 12> kReserved{
    "alg", "apu", "apv", "crit", "cty", "enc", "epk", "iat", "jku", "kid", "typ", "zip"};

Error refused(std::string_view why) {
  return Error{Errc::kDecryptFailed, "JWE: " + std::string(why)};
}

std::string_view algorithm_for(KeyType type) {
  return type == KeyType::kRsa ? kRsaOaep256 : kEcdhEs;
}

Sensitive random_secret(std::size_t bytes) {
  std::string buffer(bytes, '\0');
  random_bytes({bytes_of(buffer), buffer.size()});
  Sensitive secret{std::string_view(buffer)};
  wipe(buffer.data(), buffer.size());
  return secret;
}

/// A context set to OAEP with SHA-256 for both the label and MGF1, as RSA-OAEP-256 wants.
KeyContext oaep_context(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
  KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  CW_ASSERT(context != nullptr);
  require_ok(init(context.get()));
  require_ok(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING));
  require_ok(EVP_PKEY_CTX_set_rsa_oaep_md_name(context.get(), "SHA256", nullptr));
  require_ok(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context.get(), "SHA256", nullptr));
  return context;
}

Result<std::string> rsa_encrypt(const PublicKey& to, const Sensitive& content_key) {
  const KeyContext context = oaep_context(to.handle(), &EVP_PKEY_encrypt_init);
  std::string encrypted(kEncryptedKeyBytesMax, '\0');
  std::size_t size = encrypted.size();
  const std::string_view secret = content_key.reveal();
  if (EVP_PKEY_encrypt(
          context.get(), bytes_of(encrypted), &size, bytes_of(secret), secret.size()) != 1) {
    return Error{Errc::kKeyInvalid, "JWE: the RSA key cannot encrypt"};
  }
  encrypted.resize(size);
  return encrypted;
}

/// Never tells whether the padding was right (RFC 7516 section 11.5): if it was not, a random key
/// goes on in its place and the content fails to open instead.
Sensitive rsa_decrypt(const PrivateKey& with, std::string_view encrypted) {
  const KeyContext context = oaep_context(with.handle(), &EVP_PKEY_decrypt_init);
  Sensitive fallback = random_secret(kContentKeyBytes);
  std::string buffer(kEncryptedKeyBytesMax, '\0');
  std::size_t size = buffer.size();
  const bool opened =
      EVP_PKEY_decrypt(
          context.get(), bytes_of(buffer), &size, bytes_of(encrypted), encrypted.size()) == 1 &&
      size == kContentKeyBytes;
  Sensitive content_key{std::string_view(buffer).substr(0, kContentKeyBytes)};
  wipe(buffer.data(), buffer.size());
  return opened ? content_key : fallback;
}

JoseWriter header_writer(const PublicKey& to, const JweFields& fields) {
  JoseWriter writer;
  writer.text("alg", algorithm_for(to.type())).text("enc", kA256Gcm).text("kid", to.kid());
  if (!fields.cty.empty()) writer.text("cty", fields.cty);
  if (fields.iat) writer.integer("iat", *fields.iat);
  for (const auto& [name, value] : fields.extra) {
    CW_ASSERT(std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end());
    writer.text(name, value);
  }
  return writer;
}

/// The public JWK without kid, as `epk` is written.
std::string ephemeral_jwk(const PublicKey& key) {
  const auto members = public_jwk_members(key.handle(), key.type());
  JoseWriter writer;
  for (const char* name : {"kty", "crv", "x", "y"}) {
    const auto member = members.find(name);
    if (member != members.end()) writer.text(name, member->second);
  }
  return writer.json();
}

struct Parts {
  std::string_view header, encrypted_key, nonce, ciphertext, tag;
};

/// `parts` in bytes, but for the header; written once, because a batch is large.
std::string compact_form(const Parts& parts) {
  const auto all = {parts.encrypted_key, parts.nonce, parts.ciphertext, parts.tag};
  std::size_t size = parts.header.size();
  for (const std::string_view part : all) size += 1 + base64url_size(part.size());
  std::string compact(size, '.');
  char* out = compact.data() + parts.header.copy(compact.data(), parts.header.size());
  for (const std::string_view part : all) out = base64url_encode(part, out + 1);
  return compact;
}

std::optional<Parts> split(std::string_view compact) {
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = compact.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    parts[i] = compact.substr(0, dot);
    compact.remove_prefix(dot + 1);
  }
  if (compact.find('.') != std::string_view::npos) return std::nullopt;
  return Parts{parts[0], parts[1], parts[2], parts[3], compact};
}

Result<JoseObject> read_header(std::string_view encoded) {
  const auto json = base64url_decode(encoded, kJweHeaderBytesMax);
  if (!json) return refused("header is not base64url or too long");
  auto header = JoseObject::parse(*json);
  if (!header) return refused("header is not the JSON of a JWE");
  const auto alg = header.value().text("alg").value_or("");
  if (alg != kRsaOaep256 && alg != kEcdhEs) return refused("alg must be RSA-OAEP-256 or ECDH-ES");
  if (header.value().text("enc") != kA256Gcm) return refused("enc must be A256GCM");
  if (header.value().has("zip") || header.value().has("crit")) {
    return refused("zip and crit are not supported");
  }
  return header;
}

JweHeader to_header(const JoseObject& object) {
  JweHeader header;
  for (const auto& [name, value] : object.members()) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    if (name == "alg") {
      header.alg = *text;
    } else if (name == "enc") {
      header.enc = *text;
    } else if (name == "kid") {
      header.kid = *text;
    } else if (name == "cty") {
      header.fields.cty = *text;
    } else if (std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end()) {
      header.fields.extra.emplace(name, *text);
    }
  }
  header.fields.iat = object.integer("iat");
  return header;
}

/// The content key by agreement with the sender's ephemeral key.
Result<Sensitive> agreed_key(const PrivateKey& with, const JoseObject& header) {
  const JoseObject* epk = header.object("epk");
  if (epk == nullptr) return refused("epk is missing");
  JoseWriter jwk;
  for (const char* name : {"kty", "crv", "x", "y"}) {
    if (const auto value = epk->text(name)) jwk.text(name, *value);
  }
  // Any name will do, and spares making one.
  jwk.text("kid", "epk");
  const auto peer = PublicKey::from_jwk(jwk.json());
  if (!peer) return refused("epk is not a public key of the recipient's curve");
  const auto apu = base64url_decode(header.text("apu").value_or(""), kPartyInfoBytesMax);
  const auto apv = base64url_decode(header.text("apv").value_or(""), kPartyInfoBytesMax);
  if (!apu || !apv) return refused("apu or apv is not base64url or too long");
  const auto z = shared_secret(with, peer.value());
  if (!z) return z.error();
  return concat_kdf(z.value(), {.algorithm = kA256Gcm, .apu = *apu, .apv = *apv}, kContentKeyBytes);
}

Result<Sensitive> content_key(const PrivateKey& with,
                              const JoseObject& header,
                              std::string_view encoded) {
  if (header.text("alg") != algorithm_for(with.type())) return refused("alg is not this key's");
  if (with.type() != KeyType::kRsa) {
    if (!encoded.empty()) return refused("ECDH-ES has no encrypted key");
    return agreed_key(with, header);
  }
  const auto encrypted = base64url_decode(encoded, kEncryptedKeyBytesMax);
  if (!encrypted) return refused("encrypted key is not base64url or too long");
  return rsa_decrypt(with, *encrypted);
}

/// nonce | ciphertext | tag in one piece, as the AEAD takes it.
std::optional<std::string> read_box(const Parts& parts, std::size_t bytes_max) {
  const auto nonce = base64url_decode(parts.nonce, kSealNonceBytes);
  const auto ciphertext = base64url_decode(parts.ciphertext, bytes_max);
  const auto tag = base64url_decode(parts.tag, kSealTagBytes);
  if (!nonce || !ciphertext || !tag) return std::nullopt;
  if (nonce->size() != kSealNonceBytes || tag->size() != kSealTagBytes) return std::nullopt;
  return *nonce + *ciphertext + *tag;
}

}  // namespace

Result<std::string> jwe_encrypt(const PublicKey& to,
                                std::string_view plaintext,
                                const JweFields& fields) {
  if (plaintext.size() > kJweBytesMax / 4 * 3 - 2 * kJweHeaderBytesMax) {
    return Error{Errc::kLimitReached, "JWE: the content is too long"};
  }
  JoseWriter writer = header_writer(to, fields);
  Sensitive key;
  std::string encrypted_key;
  if (to.type() == KeyType::kRsa) {
    key = random_secret(kContentKeyBytes);
    auto encrypted = rsa_encrypt(to, key);
    if (!encrypted) return encrypted;
    encrypted_key = std::move(encrypted).value();
  } else {
    const PrivateKey ephemeral = PrivateKey::ephemeral(to.type());
    const auto z = shared_secret(ephemeral, to);
    if (!z) return Error{Errc::kKeyInvalid, "JWE: no key agreement with the recipient's key"};
    key = concat_kdf(z.value(), {.algorithm = kA256Gcm, .apu = {}, .apv = {}}, kContentKeyBytes);
    writer.raw("epk", ephemeral_jwk(ephemeral.public_key()));
  }
  const std::string header = writer.json();
  if (header.size() > kJweHeaderBytesMax) {
    return Error{Errc::kLimitReached, "JWE: the header is too long"};
  }

  const std::string protected_header = base64url_encode(header);
  std::string box(kSealNonceBytes + plaintext.size() + kSealTagBytes, '\0');
  random_bytes({bytes_of(box), kSealNonceBytes});
  const CipherContext cipher = gcm_context(key.reveal(), GcmUse::kEncrypt);
  gcm_encrypt(cipher.get(), protected_header, plaintext, bytes_of(box));

  return compact_form(
      {.header = protected_header,
       .encrypted_key = encrypted_key,
       .nonce = std::string_view{box}.substr(0, kSealNonceBytes),
       .ciphertext = std::string_view{box}.substr(kSealNonceBytes, plaintext.size()),
       .tag = std::string_view{box}.substr(kSealNonceBytes + plaintext.size())});
}

Result<JweHeader> jwe_peek(std::string_view compact) {
  const auto parts = split(compact);
  if (!parts) return refused("not five parts");
  const auto header = read_header(parts->header);
  if (!header) return header.error();
  return to_header(header.value());
}

Result<JweMessage> jwe_decrypt(const PrivateKey& with,
                               std::string_view compact,
                               std::size_t bytes_max) {
  if (compact.size() > bytes_max) {
    return Error{Errc::kLimitReached, "JWE: longer than " + std::to_string(bytes_max)};
  }
  const auto parts = split(compact);
  if (!parts) return refused("not five parts");
  const auto header = read_header(parts->header);
  if (!header) return header.error();
  const auto key = content_key(with, header.value(), parts->encrypted_key);
  if (!key) return key.error();
  const auto box = read_box(*parts, bytes_max);
  if (!box) return refused("nonce, ciphertext or tag is not base64url of the right length");

  const CipherContext cipher = gcm_context(key.value().reveal(), GcmUse::kDecrypt);
  std::string plaintext(box->size() - kSealNonceBytes - kSealTagBytes, '\0');
  const bool genuine = gcm_decrypt(cipher.get(), parts->header, *box, bytes_of(plaintext));
  Sensitive content{std::string_view(plaintext)};
  wipe(plaintext.data(), plaintext.size());
  if (!genuine) return refused("not encrypted to this key, or changed since");
  return JweMessage{to_header(header.value()), std::move(content)};
}

}  // namespace cw::crypto
