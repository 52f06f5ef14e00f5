#include "lib/crypto/match_key.hpp"

#include "lib/base/hex.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/crypto/key_text.hpp"
#include "lib/crypto/openssl_raii.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace cw::crypto {
namespace {

using MacBytes = std::array<std::uint8_t, 32>;

MacContext keyed_context(std::string_view key) {
  static EVP_MAC* const kHmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  CW_ASSERT(kHmac != nullptr);
  MacContext context{EVP_MAC_CTX_new(kHmac)};
  CW_ASSERT(context != nullptr);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> params{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  require_ok(EVP_MAC_init(context.get(), bytes_of(key), key.size(), params.data()));
  return context;
}

MacBytes mac(EVP_MAC_CTX* context, std::string_view text) {
  MacBytes out{};
  std::size_t size = 0;
  // Without a key this starts anew under the key set before, which saves hashing the key again.
  require_ok(EVP_MAC_init(context, nullptr, 0, nullptr));
  require_ok(EVP_MAC_update(context, bytes_of(text), text.size()));
  require_ok(EVP_MAC_final(context, out.data(), &size, out.size()));
  CW_ASSERT(size == out.size());
  return out;
}

std::uint64_t next_instance() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1) + 1;
}

}  // namespace

MatchKey::MatchKey(Sensitive key) : key_(std::move(key)), instance_(next_instance()) {
  const MacBytes tag = mac(keyed_context(key_.reveal()).get(), "cardwatch match key id");
  id_ = "mk-" + to_hex(std::span(tag).first<4>());
}

Result<MatchKey> MatchKey::from_hex(const Sensitive& text) {
  std::string key(kBytes, '\0');
  const bool valid = cw::from_hex(trimmed(text.reveal()), {bytes_of(key), key.size()});
  Sensitive bytes{std::string_view(key)};
  wipe(key.data(), key.size());
  if (!valid) {
    return Error{Errc::kKeyInvalid, "a match key is 64 hexadecimal characters (32 random bytes)"};
  }
  return MatchKey{std::move(bytes)};
}

Result<MatchKey> MatchKey::load(const std::string& path) {
  auto file = read_key_file(path);
  if (!file) return file.error();
  auto key = from_hex(file.value().content);
  if (!key) return in_file(path, key.error());
  return key;
}

CardRef MatchKey::reference(const Pan& pan) const {
  struct Keyed {
    std::uint64_t instance = 0;
    MacContext context;
  };
  thread_local Keyed keyed;
  if (keyed.instance != instance_) keyed = Keyed{instance_, keyed_context(key_.reveal())};

  const MacBytes tag = mac(keyed.context.get(), pan.reveal());
  CardRef card;
  std::copy_n(tag.begin(), card.bytes.size(), card.bytes.begin());
  return card;
}

}  // namespace cw::crypto
