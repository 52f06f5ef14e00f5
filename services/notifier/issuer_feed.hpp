#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "notifier/held_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cw::notifier {

/// What the issuer should hold, when all of it is delivered and known.
struct DeliveredDigest {
  std::uint64_t count = 0;
  std::string sum;  ///< Hex.
};

struct FeedFigures {
  std::uint64_t entries = 0;  ///< Cards on the list now, delivered or not.
  std::uint64_t pending = 0;  ///< Entries (removals too) that the cursor has not passed.
  std::uint64_t through = 0;  ///< The cursor.
  std::optional<Instant> oldest_pending = {};  ///< When the oldest of them was written.
  std::optional<DeliveredDigest> digest = {};  ///< Nothing while entries are pending.
};

/// One issuer's part of watchlist.v1: the newest entry of each card, the cursor, what is pending
/// beyond it in the order of seq, and the digest of what was delivered.
///
/// Memory is one record a card on the list: an entry that is superseded before it was sent is
/// gone, a removal is forgotten once delivered. THREAD: safe; every call is short.
class IssuerFeed {
 public:
  explicit IssuerFeed(IssuerId issuer) : issuer_(std::move(issuer)) {}

  [[nodiscard]] const IssuerId& issuer() const noexcept { return issuer_; }

  /// Takes the next entry, written at `at`. A removal that names no sealed number takes it from
  /// the entry that it removes. Fails with kConflict, changing nothing, if the entry comes from
  /// another partition than those before or does not have a higher seq: then seq means nothing.
  [[nodiscard]] Status apply(std::int32_t partition,
                             std::uint64_t seq,
                             Instant at,
                             const WatchChange& change);

  /// Says once, after the topic was read to its end, where delivery goes on. Fails with kConflict
  /// if the cursor is beyond the newest entry: the topic was made anew, and a new epoch is due.
  [[nodiscard]] Status begin(std::uint64_t through);

  struct Window {
    std::vector<PendingEntry> entries = {};
    bool more = false;  ///< Others are pending behind them.
  };
  /// The first `entries_max` pending entries.
  [[nodiscard]] Window next(std::size_t entries_max) const;

  /// Moves the cursor to `through` and notes what the issuer has now; entries passed over without
  /// being in `delivered` were set aside. A `through` below the cursor is a bug.
  void advance(std::uint64_t through, std::span<const DeliveredEntry> delivered);

  /// Entries before the cursor that were delivered by an earlier process, so that their hash is
  /// not known yet; at most `entries_max`.
  [[nodiscard]] std::vector<PendingEntry> unhashed(std::size_t entries_max) const;
  /// Their hashes. What was superseded meanwhile is passed over.
  void add_hashes(std::span<const DeliveredEntry> hashed);

  [[nodiscard]] FeedFigures figures() const;

 private:
  struct Slot {
    HeldEntry entry;
    Instant written_at;
    std::optional<crypto::Sha256Digest> delivered = {};  ///< Of what the issuer has of the card.
  };
  using Mark = std::pair<std::uint64_t, CardRef>;

  [[nodiscard]] const Slot* live(const Mark& mark) const;
  void note_delivered(const DeliveredEntry& delivered);
  void set_delivered(Slot& slot, const std::optional<crypto::Sha256Digest>& hash);
  void drop_superseded_marks();

  const IssuerId issuer_;
  mutable std::mutex mutex_;
  EntryFactory factory_;
  std::unordered_map<CardRef, Slot> slots_;
  std::deque<Mark> pending_;  ///< By seq; superseded ones are dropped when they are half of it.
  std::deque<Mark> unhashed_;
  std::uint64_t pending_count_ = 0;
  std::uint64_t current_count_ = 0;
  std::uint64_t through_ = 0;
  std::uint64_t newest_seq_ = 0;
  std::optional<std::int32_t> partition_;
  crypto::FeedDigest digest_;
};

}  // namespace cw::notifier
