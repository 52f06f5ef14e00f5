#include "issuer/keys.hpp"

namespace cw::issuer {
namespace {

Error named(const Error& error, const std::string& path) {
  if (error.detail.find(path) != std::string::npos) return error;
  return {error.code, path + ": " + error.detail};
}

}  // namespace

Result<ReceiverKeys> read_keys(const IssuerFiles& files) {
  ReceiverKeys keys;
  for (const std::string& path : files.encryption_keys) {
    auto key = crypto::PrivateKey::load(path);
    if (!key) return named(key.error(), path);
    keys.encryption.push_back(std::move(key).value());
  }
  for (const std::string& path : files.signing_secrets) {
    auto secret = crypto::WebhookVerifier::load(path);
    if (!secret) return named(secret.error(), path);
    keys.signing.push_back(std::move(secret).value());
  }
  for (const std::string& path : files.signature_keys) {
    auto key = crypto::VerificationKey::load(path);
    if (!key) return named(key.error(), path);
    keys.message_signing.push_back(std::move(key).value());
  }
  return keys;
}

}  // namespace cw::issuer
