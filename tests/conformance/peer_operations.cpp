#include "conformance/peer_operations.hpp"

#include "conformance/request.hpp"
#include "lib/crypto/aead.hpp"
#include "lib/crypto/content_digest.hpp"
#include "lib/crypto/digests.hpp"
#include "lib/crypto/jwe.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/key_agreement.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/crypto/signature_key.hpp"
#include "lib/crypto/webhook_signature.hpp"

#include <functional>
#include <map>

namespace cw::conformance {
namespace {

using crypto::JoseWriter;
using Answer = Result<JoseWriter>;

Answer jwe_encrypt(const Request& request) {
  const auto key = crypto::PublicKey::from_jwk(request.text("jwk"));
  if (!key) return key.error();
  crypto::JweFields fields{.cty = request.text("cty"), .iat = {}, .extra = {}};
  if (request.has("iat")) fields.iat = request.number("iat");
  const auto compact = crypto::jwe_encrypt(key.value(), request.bytes("plaintext"), fields);
  if (!compact) return compact.error();
  return JoseWriter{}.text("ok", compact.value());
}

Answer jwe_decrypt(const Request& request) {
  const auto key = crypto::PrivateKey::from_jwk(Sensitive{request.text("jwk")});
  if (!key) return key.error();
  const auto message = crypto::jwe_decrypt(key.value(), request.text("jwe"));
  if (!message) return message.error();
  const crypto::JweHeader& header = message.value().header;
  return JoseWriter{}
      .text("ok", crypto::base64url_encode(message.value().plaintext.reveal()))
      .text("kid", header.kid)
      .text("alg", header.alg)
      .integer("iat", header.fields.iat.value_or(-1));
}

/// A fresh key pair for the other side to encrypt to.
Answer jwe_generate(const Request& request) {
  const std::string type = request.text("type");
  const auto kind = type == "RSA"  ? crypto::KeyType::kRsa
                    : type == "EC" ? crypto::KeyType::kEcP256
                                   : crypto::KeyType::kX25519;
  const auto key = crypto::PrivateKey::generate(kind);
  return JoseWriter{}
      .text("ok", key.public_key().to_jwk())
      .text("private", key.to_jwk().reveal())
      .text("thumbprint", key.public_key().thumbprint());
}

Answer jwk_public(const Request& request) {
  const auto key = crypto::PublicKey::from_jwk(request.text("jwk"));
  if (!key) return key.error();
  return JoseWriter{}.text("ok", key.value().thumbprint()).text("kid", key.value().kid());
}

Answer jwk_private(const Request& request) {
  const auto key = crypto::PrivateKey::from_jwk(Sensitive{request.text("jwk")});
  if (!key) return key.error();
  return JoseWriter{}.text("ok", key.value().public_key().thumbprint());
}

/// The key of ECDH-ES direct agreement, from the recipient's private key and `epk`.
Answer agree(const Request& request) {
  const auto own = crypto::PrivateKey::from_jwk(Sensitive{request.text("jwk")});
  if (!own) return own.error();
  const auto peer = crypto::PublicKey::from_jwk(request.text("epk"));
  if (!peer) return peer.error();
  const auto z = crypto::shared_secret(own.value(), peer.value());
  if (!z) return z.error();
  const std::string enc = request.text("enc");
  const Sensitive key = crypto::concat_kdf(z.value(),
                                           {.algorithm = enc, .apu = {}, .apv = {}},
                                           static_cast<std::size_t>(request.number("bytes")));
  return JoseWriter{}.text("ok", crypto::base64url_encode(key.reveal()));
}

/// AES-GCM over given key, nonce, associated data, ciphertext and tag.
Answer gcm_open(const Request& request) {
  const auto cipher = crypto::gcm_context(request.bytes("key"), crypto::GcmUse::kDecrypt);
  const std::string ciphertext = request.bytes("ciphertext");
  const std::string box = request.bytes("iv") + ciphertext + request.bytes("tag");
  std::string plaintext(ciphertext.size(), '\0');
  auto* out = reinterpret_cast<std::uint8_t*>(plaintext.data());
  if (!crypto::gcm_decrypt(cipher.get(), request.text("aad"), box, out)) {
    return Error{Errc::kDecryptFailed, "not genuine"};
  }
  return JoseWriter{}.text("ok", crypto::base64url_encode(plaintext));
}

Answer webhook_sign(const Request& request) {
  std::vector<crypto::WebhookSigner> signers;
  for (const std::string& secret : request.parts("secrets", '\n')) {
    auto signer = crypto::WebhookSigner::parse(Sensitive{secret});
    if (!signer) return signer.error();
    signers.push_back(std::move(signer).value());
  }
  const std::string id = request.text("id");
  const std::string body = request.bytes("body");
  return JoseWriter{}.text(
      "ok",
      crypto::webhook_signature(
          signers, {.id = id, .timestamp = request.number("timestamp"), .body = body}));
}

Answer webhook_verify(const Request& request) {
  std::vector<crypto::WebhookVerifier> keys;
  for (const std::string& secret : request.parts("secrets", '\n')) {
    auto key = crypto::WebhookVerifier::parse(Sensitive{secret});
    if (!key) return key.error();
    keys.push_back(std::move(key).value());
  }
  const std::string id = request.text("id");
  const std::string timestamp = request.text("timestamp");
  const std::string signature = request.text("signature");
  const Status verified =
      crypto::verify_webhook(keys,
                             {.id = id, .timestamp = timestamp, .signature = signature},
                             request.bytes("body"),
                             request.instant("now"));
  if (!verified) return verified.error();
  return JoseWriter{}.text("ok", "genuine");
}

Answer digest_make(const Request& request) {
  const bool sha512 = request.text("algorithm") == "sha-512";
  return JoseWriter{}.text("ok",
                           crypto::content_digest(request.bytes("body"),
                                                  sha512 ? crypto::DigestAlgorithm::kSha512
                                                         : crypto::DigestAlgorithm::kSha256));
}

Answer digest_verify(const Request& request) {
  const Status right = crypto::verify_content_digest(request.text("header"), request.bytes("body"));
  if (!right) return right.error();
  return JoseWriter{}.text("ok", "right");
}

/// `pem`, `jwk` or `secret`; `alg` rsa-v1_5-sha256 for the older RSA padding.
Result<crypto::VerificationKey> verification_key(const Request& request) {
  const std::string keyid = request.text("keyid");
  if (request.has("secret")) {
    return crypto::VerificationKey::hmac(Sensitive{request.bytes("secret")}, keyid);
  }
  auto key = request.has("jwk") ? crypto::VerificationKey::from_jwk(request.text("jwk"))
                                : crypto::VerificationKey::from_pem(request.text("pem"), keyid);
  if (key && request.text("alg") == "rsa-v1_5-sha256") return key.value().with_pkcs1_v15();
  return key;
}

Answer raw_verify(const Request& request) {
  const auto key = verification_key(request);
  if (!key) return key.error();
  if (!key.value().verifies(request.bytes("content"), request.bytes("signature"))) {
    return Error{Errc::kSignatureInvalid, "not genuine"};
  }
  return JoseWriter{}.text("ok", key.value().keyid());
}

Answer raw_sign(const Request& request) {
  const auto key = crypto::SigningKey::from_pem(Sensitive{request.text("pem")});
  if (!key) return key.error();
  return JoseWriter{}.text("ok",
                           crypto::base64url_encode(key.value().sign(request.bytes("content"))));
}

Answer signing_generate(const Request& request) {
  const bool ed25519 = request.text("alg") == "ed25519";
  const auto key =
      crypto::SigningKey::generate(ed25519 ? crypto::SignatureAlgorithm::kEd25519
                                           : crypto::SignatureAlgorithm::kEcdsaP256Sha256);
  return JoseWriter{}
      .text("ok", key.to_pem().reveal())
      .text("public", key.verification_key().to_pem())
      .text("keyid", key.keyid());
}

/// The base of the signature under `label`.
Answer message_base(const Request& request) {
  const RequestMessage message{request};
  const auto fields = crypto::component_value(message.view(), {std::string("signature-input"), {}});
  if (!fields) return fields.error();
  const auto inputs = crypto::sf::parse_dictionary(fields.value());
  if (!inputs) return inputs.error();
  const auto* input = crypto::sf::find(inputs.value(), request.text("label"));
  if (input == nullptr) return Error{Errc::kNotFound, "no such label"};
  const auto base = crypto::signature_base(message.view(), std::get<crypto::sf::InnerList>(*input));
  if (!base) return base.error();
  return JoseWriter{}.text("ok", base.value());
}

Answer message_sign(const Request& request) {
  std::vector<crypto::SigningKey> keys;
  for (const char* name : {"pem", "pem2"}) {
    if (!request.has(name)) continue;
    auto key = crypto::SigningKey::from_pem(Sensitive{request.text(name)});
    if (!key) return key.error();
    keys.push_back(std::move(key).value());
  }
  const RequestMessage message{request};
  const auto headers =
      crypto::sign_message(keys, message.view(), {.created = request.instant("created")});
  if (!headers) return headers.error();
  return JoseWriter{}
      .text("ok", headers.value()[0].second)
      .text("signature", headers.value()[1].second);
}

/// By the rules of the feed, or with `rules` = "any" whatever is covered, whenever, by a known key.
Answer message_verify(const Request& request) {
  const auto key = verification_key(request);
  if (!key) return key.error();
  crypto::SignatureRules rules;
  if (request.text("rules") == "any") {
    rules = {.components = {},
             .tag = {},
             .lifetime_max = std::chrono::hours{24},
             .expires_required = false,
             .nonce_required = false};
  }
  const RequestMessage message{request};
  const auto verified = crypto::verify_message(std::span{&key.value(), 1},
                                               message.view(),
                                               request.bytes("body"),
                                               rules,
                                               request.instant("now"),
                                               nullptr);
  if (!verified) return verified.error();
  return JoseWriter{}.text("ok", verified.value().label).text("keyid", verified.value().keyid);
}

const std::map<std::string, std::function<Answer(const Request&)>>& operations() {
  static const std::map<std::string, std::function<Answer(const Request&)>> kOperations{
      {"jwe_encrypt", jwe_encrypt},
      {"jwe_decrypt", jwe_decrypt},
      {"jwe_generate", jwe_generate},
      {"jwk_public", jwk_public},
      {"jwk_private", jwk_private},
      {"agree", agree},
      {"gcm_open", gcm_open},
      {"webhook_sign", webhook_sign},
      {"webhook_verify", webhook_verify},
      {"digest_make", digest_make},
      {"digest_verify", digest_verify},
      {"raw_verify", raw_verify},
      {"raw_sign", raw_sign},
      {"signing_generate", signing_generate},
      {"message_base", message_base},
      {"message_sign", message_sign},
      {"message_verify", message_verify}};
  return kOperations;
}

}  // namespace

std::string answer(std::string_view request) {
  const auto refusal = [](const Error& error) {
    return JoseWriter{}.text("error", name(error.code)).text("detail", error.detail).json();
  };
  auto object = crypto::JoseObject::parse(request);
  if (!object) return refusal(object.error());
  const Request asked{std::move(object).value()};
  const auto operation = operations().find(asked.text("op"));
  if (operation == operations().end()) return refusal({Errc::kNotFound, "no such operation"});
  const auto done = operation->second(asked);
  return done ? done.value().json() : refusal(done.error());
}

}  // namespace cw::conformance
