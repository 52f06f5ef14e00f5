#pragma once

#include "lib/base/time.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/crypto/sha256.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/watch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
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
  std::uint64_t position = 0;   ///< See crypto::card_position; in memory only.
  bool replaced = false;        ///< Came in a replacing batch.
};

/// What applying a batch did. A card's entries must come by rising seq, each once; what comes
/// otherwise is passed over and counted, unless the card's state came in a replacing batch.
struct TakenEntries {
  std::size_t taken = 0;     ///< Entries that changed something, and cards that a range dropped.
  std::size_t repeated = 0;  ///< Entries with the seq that was known of their card.
  std::size_t older = 0;     ///< Entries with a smaller one.
};

/// What an issuer holds: its current cards, up to which seq of the feed, and the digests over them.
/// Cards are found by a hash with a random salt, so no card number stays in memory.
/// THREAD: not safe.
class CardBook {
 public:
  /// Removals that are remembered, so that a replacing batch made before them brings nothing back.
  static constexpr std::size_t kRemovalsMax = 100'000;

  /// How a batch fits to what is held.
  enum class Fit : std::uint8_t {
    kNew,  ///< Follows, perhaps with an overlap.
    kOld,  ///< Nothing in it is beyond what is held.
    kGap,  ///< Begins after what is held (something in between is missing), or replaces a range
           ///< by a state that does not fit to the one held.
    kNewEpoch,  ///< Begins a new epoch from its start: replaces everything.
    kOldEpoch,
    kReplaces,  ///< Replaces a range of cards, alone or as the next part of a snapshot.
  };

  CardBook();

  /// Of any batch but a verification.
  [[nodiscard]] Fit fit(const codec::FeedBatchHead& head) const noexcept;
  /// Takes a batch that is kNew, kNewEpoch or kReplaces; anything else is a bug of the caller.
  TakenEntries apply(const codec::FeedBatch& batch);
  /// What of a batch that is kOld was known; changes nothing.
  [[nodiscard]] TakenEntries look_at(const codec::FeedBatch& batch) const;

  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t through() const noexcept { return through_; }
  [[nodiscard]] crypto::FeedDigest digest() const { return digests_.total(); }
  [[nodiscard]] const crypto::BucketDigests& digests() const noexcept { return digests_; }
  [[nodiscard]] std::size_t size() const noexcept { return by_seq_.size(); }

  /// Whether everything that is known is of the state at through(): no snapshot is under way. Then
  /// the cards held, epoch and through() are all that restore() needs.
  [[nodiscard]] bool settled() const noexcept;
  /// If the entry is what is held of its card, that card is forgotten; gives whether it came in a
  /// replacing batch. Otherwise nothing happens.
  std::optional<bool> take_out(const codec::FeedEntry& entry);
  /// One piece of a list that was settled, made of entries that take_out() gave: those that came in
  /// replacing batches in pieces that replace. The first begins with an empty book; with the last,
  /// which has no `more`, the list is what it was. Removals are not known any more: a replacing
  /// batch made before is a gap.
  void restore(const codec::FeedBatch& piece);
  /// Loses up to `count` of the cards held, the ones with the smallest seq, as no right receiver
  /// does; gives how many.
  std::size_t forget(std::size_t count);

  /// Cards with a seq greater than `after`, by rising seq, at most `limit`.
  [[nodiscard]] std::vector<HeldCard> page(std::uint64_t after, std::size_t limit) const;

 private:
  using Key = crypto::Sha256Digest;
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  using Cards = std::unordered_map<Key, HeldCard, KeyHash>;
  struct Place {
    Key key{};
    std::uint64_t position = 0;

    [[nodiscard]] crypto::Bucket bucket() const noexcept { return crypto::bucket_of(position); }
  };
  /// The newest that is known of a card, held or removed.
  struct Known {
    std::uint64_t seq = 0;
    bool replaced = false;
  };
  /// A snapshot of which some parts have come.
  struct Snapshot {
    std::uint64_t through = 0;
    std::uint64_t next = 0;  ///< The position with which the next part begins.
  };

  [[nodiscard]] Fit fit_replacing(const codec::FeedBatchHead& head) const noexcept;
  [[nodiscard]] Place place_of(const Pan& pan) const;
  [[nodiscard]] std::optional<Known> known(const Place& place) const;
  [[nodiscard]] bool passed_over(const Place& place, std::uint64_t seq, TakenEntries& counts) const;
  void begin_epoch(std::uint32_t epoch);
  TakenEntries apply_plain(const codec::FeedBatch& batch);
  TakenEntries apply_replacing(const codec::FeedBatch& batch);
  void begin_snapshot(const codec::FeedBatchHead& head);
  void end_part(const codec::FeedBatchHead& head);
  std::size_t drop_others(const codec::FeedBatchHead& head,
                          const std::unordered_set<Key, KeyHash>& named,
                          std::uint64_t newest);
  /// False if the same state is held.
  bool put(const Place& place, const codec::FeedEntry& entry, bool replaced);
  void erase(const Place& place);
  void note_removal(const Key& key, Known removal);

  Sensitive salt_;
  std::uint32_t epoch_ = 0;  ///< 0: nothing held yet.
  std::uint64_t through_ = 0;
  std::optional<Snapshot> snapshot_;
  crypto::BucketDigests digests_;
  std::array<Cards, crypto::kBuckets> cards_;
  std::set<std::tuple<std::uint64_t, crypto::Bucket, Key>> by_seq_;
  std::unordered_map<Key, Known, KeyHash> removals_;
  std::set<std::pair<std::uint64_t, Key>> removals_by_seq_;
  /// Removals up to this seq may not be known: forgotten, or left out of a replacing batch.
  std::uint64_t forgotten_ = 0;
};

}  // namespace cw::issuer
