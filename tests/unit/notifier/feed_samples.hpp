#pragma once

#include "lib/crypto/jwk.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/seal.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/watch.hpp"
#include "notifier/feed_store.hpp"
#include "notifier/key_ring.hpp"

#include <cstdint>
#include <string>

namespace cw::notifier::test {

inline const IssuerId kIssuer{"jcb-a"};
inline constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A vault, one file's data key wrapped to it, and an issuer's key pair. Made once for all tests.
struct Keys {
  crypto::PrivateKey vault = crypto::PrivateKey::generate(crypto::KeyType::kEcP256);
  crypto::PrivateKey issuer = crypto::PrivateKey::generate(crypto::KeyType::kEcP256);
  crypto::DataKey data = crypto::DataKey::generate();
  std::string wrapped = crypto::VaultPublicKey{vault.public_key()}.wrap(data).value();

  [[nodiscard]] KeyRing ring() const { return KeyRing{crypto::VaultPrivateKey{vault}}; }
};
[[nodiscard]] const Keys& keys();

/// The card with number `sequence` of a test range.
[[nodiscard]] Pan pan(std::uint64_t sequence);
[[nodiscard]] CardRef card(std::uint64_t sequence);

/// An entry of that card, sealed with keys().data.
[[nodiscard]] WatchChange change(std::uint64_t sequence,
                                 FeedOp op = FeedOp::kAddd,
                                 WatchLevel level = WatchLevel::kInFile);
/// A removal as a writer makes it that does not know the number any more.
[[nodiscard]] WatchChange bare_removal(std::uint64_t sequence);

/// Feed settings with the issuer's key.
[[nodiscard]] FeedSettings settings(std::string url);
[[nodiscard]] Issuer issuer_record(std::uint32_t version, std::optional<FeedSettings> feed);
/// The file load that brings keys().data.
[[nodiscard]] FileLoad file_load();

/// Applies `change` as the record at `offset` of partition 0.
[[nodiscard]] Result<std::shared_ptr<IssuerFeed>> write(FeedStore& store,
                                                        std::int64_t offset,
                                                        const WatchChange& change);

}  // namespace cw::notifier::test
