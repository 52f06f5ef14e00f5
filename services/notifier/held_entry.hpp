#pragma once

#include "lib/crypto/sha256.hpp"
#include "lib/domain/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cw::notifier {

/// An entry of the watchlist as the notifier keeps it: what many cards have in common (the key of
/// their file, the reasons) is shared between them, because cards come by the million.
struct HeldEntry {
  std::uint64_t seq = 0;  ///< Offset in the issuer's partition, plus 1.
  FeedOp op = FeedOp::kAddd;
  WatchLevel level = WatchLevel::kInFile;
  Expiry expiry = {};
  Day watch_from = {};
  std::string sealed_pan = {};  ///< Empty: a removal whose writer did not know the number.
  std::shared_ptr<const std::string> file_key = {};
  std::shared_ptr<const std::vector<WatchReason>> reasons = {};

  [[nodiscard]] WatchChange change(const IssuerId& issuer, const CardRef& card) const;
};

/// An entry on its way to the issuer.
struct PendingEntry {
  CardRef card;
  HeldEntry entry;
};

/// What was delivered of a card: the hash of its canonical bytes, or nothing for a removal.
struct DeliveredEntry {
  CardRef card;
  std::uint64_t seq = 0;
  std::optional<crypto::Sha256Digest> hash = {};
  std::optional<std::uint8_t> bucket = {};  ///< Of the card; nothing: its number was not opened.
};

/// Equal values held once. Values that nobody else holds any more are dropped now and then, so its
/// size stays within twice what is in use. THREAD: not safe.
template <class T>
class InternPool {
 public:
  /// Null if it is not there.
  [[nodiscard]] std::shared_ptr<const T> find(const std::string& key) const {
    const auto known = pool_.find(key);
    return known == pool_.end() ? nullptr : known->second;
  }
  /// `key` spells `value`: equal keys, equal values.
  [[nodiscard]] std::shared_ptr<const T> intern(const std::string& key, const T& value) {
    const auto known = pool_.find(key);
    if (known != pool_.end()) return known->second;
    if (pool_.size() >= purge_at_) {
      std::erase_if(pool_, [](const auto& item) { return item.second.use_count() == 1; });
      purge_at_ = pool_.size() * 2 + kPurgeSlack;
    }
    return pool_.emplace(key, std::make_shared<const T>(value)).first->second;
  }
  [[nodiscard]] std::size_t size() const noexcept { return pool_.size(); }

 private:
  static constexpr std::size_t kPurgeSlack = 256;

  std::unordered_map<std::string, std::shared_ptr<const T>> pool_;
  std::size_t purge_at_ = kPurgeSlack;
};

}  // namespace cw::notifier
