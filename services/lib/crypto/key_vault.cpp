#include "lib/crypto/key_vault.hpp"

#include "lib/crypto/jwe.hpp"

#include <utility>

namespace cw::crypto {
namespace {

/// Header members of a wrapped data key.
constexpr std::string_view kContentType = "cardwatch-data-key";
constexpr const char* kKeyIdMember = "cw_key";
constexpr std::size_t kWrappedBytesMax = 8 * 1024;

}  // namespace

Result<VaultPublicKey> VaultPublicKey::load(const std::string& path) {
  auto key = PublicKey::load(path);
  if (!key) return key.error();
  return VaultPublicKey{std::move(key).value()};
}

Result<std::string> VaultPublicKey::wrap(const DataKey& key) const {
  JweFields fields;
  fields.cty = kContentType;
  fields.extra.emplace(kKeyIdMember, key.id());
  return jwe_encrypt(key_, key.key().reveal(), fields);
}

Result<VaultPrivateKey> VaultPrivateKey::load(const std::string& path) {
  auto key = PrivateKey::load(path);
  if (!key) return key.error();
  return VaultPrivateKey{std::move(key).value()};
}

Result<DataKey> VaultPrivateKey::unwrap(std::string_view wrapped) const {
  auto message = jwe_decrypt(key_, wrapped, kWrappedBytesMax);
  if (!message) return message.error();
  const JweFields& fields = message.value().header.fields;
  const auto id = fields.extra.find(kKeyIdMember);
  if (fields.cty != kContentType || id == fields.extra.end()) {
    return Error{Errc::kDecryptFailed, "wrapped data key: the header names no data key"};
  }
  auto key = DataKey::from_bytes(message.value().plaintext, id->second);
  if (!key) return Error{Errc::kDecryptFailed, "wrapped data key: " + key.error().detail};
  return key;
}

}  // namespace cw::crypto
