#pragma once

#include "lib/base/time.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/crypto/sha256.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cw::issuer {

/// PCI DSS 3.4.1: at most the BIN and the last four digits; for numbers of fewer than 16 digits the
/// BIN shown is 6 digits long, else 8.
[[nodiscard]] std::string masked(const Pan& pan);

/// One card of an issuer's list.
struct HeldCard {
  std::uint64_t seq = 0;
  std::string masked_pan;
  Expiry expiry;
  WatchLevel level = WatchLevel::kInFile;
  std::optional<Day> watch_from;
  std::vector<WatchReason> reasons;
  crypto::Sha256Digest hash{};  ///< Of the canonical entry.
};

/// What an issuer holds: its current cards, up to which seq of the feed, and the digest over them.
/// Cards are found by a hash with a random salt, so no card number stays in memory.
/// THREAD: not safe.
class CardBook {
 public:
  /// How a batch fits to what is held.
  enum class Fit : std::uint8_t {
    kNew,       ///< Follows, perhaps with an overlap.
    kOld,       ///< Nothing in it is beyond what is held.
    kGap,       ///< Begins after what is held: something in between is missing.
    kNewEpoch,  ///< Begins a new epoch from its start: replaces everything.
    kOldEpoch,
  };

  CardBook();

  [[nodiscard]] Fit fit(const codec::FeedBatchHead& head) const noexcept;
  /// Takes a batch that is kNew or kNewEpoch; anything else is a bug of the caller. Entries that
  /// are not beyond what is held are passed over, so an overlap does no harm. Returns how many
  /// were taken.
  std::size_t apply(const codec::FeedBatch& batch);

  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t through() const noexcept { return through_; }
  [[nodiscard]] const crypto::FeedDigest& digest() const noexcept { return digest_; }
  [[nodiscard]] std::size_t size() const noexcept { return cards_.size(); }

  /// Cards with a seq greater than `after`, by rising seq, at most `limit`.
  [[nodiscard]] std::vector<HeldCard> page(std::uint64_t after, std::size_t limit) const;

 private:
  using Key = crypto::Sha256Digest;
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };

  [[nodiscard]] Key key_of(const Pan& pan) const;
  void apply_entry(const codec::FeedEntry& entry);
  void remove(const Key& key);

  Sensitive salt_;
  std::uint32_t epoch_ = 0;  ///< 0: nothing held yet.
  std::uint64_t through_ = 0;
  crypto::FeedDigest digest_;
  std::unordered_map<Key, HeldCard, KeyHash> cards_;
  std::map<std::uint64_t, Key> by_seq_;
};

}  // namespace cw::issuer
