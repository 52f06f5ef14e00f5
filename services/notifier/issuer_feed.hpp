#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "notifier/held_entry.hpp"
#include "notifier/store/card_record.hpp"
#include "notifier/store/entry_record.hpp"
#include "notifier/store/feed_change.hpp"
#include "notifier/store/issuer_record.hpp"
#include "notifier/store/shared_store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::notifier {

/// What the issuer should hold, when all of it is delivered and known.
struct DeliveredDigest {
  std::uint64_t count = 0;
  std::string sum;  ///< Hex.
};

struct FeedFigures {
  std::uint64_t entries = 0;    ///< Cards on the list now, delivered or not.
  std::uint64_t pending = 0;    ///< Entries (removals too) that the cursor has not passed.
  std::uint64_t coalesced = 0;  ///< Entries superseded before they were sent, ever.
  std::uint64_t set_aside = 0;  ///< Entries that were given up and not superseded since.
  std::uint64_t through = 0;    ///< The cursor.
  std::uint64_t newest = 0;     ///< seq of the newest entry.
  std::optional<Instant> oldest_pending = {};  ///< When the oldest of them was written.
  std::optional<DeliveredDigest> digest = {};  ///< Nothing while entries are pending or unhashed.
};

/// The digest of what the issuer should hold, at a cursor.
struct FeedDigests {
  std::uint64_t through = 0;
  crypto::BucketDigests buckets = {};
};

/// An entry that the issuer does not have although the cursor has passed it.
struct SetAsideMark {
  std::uint64_t seq = 0;
  std::string code = {};  ///< Why, at most IssuerFeed::kCodeMax bytes are kept.
};

/// One issuer's part of watchlist.v1: the newest entry of each card (removals too, so that an
/// issuer that comes back from far gets them), the cursor, what is pending beyond it in the order
/// of seq, and the digest of what was delivered.
///
/// All of it lies in the store of the issuer's partition; memory is the digest, a few figures and
/// at most kNotesMax hashes, however many cards there are. What is written becomes durable within
/// seconds (FeedStore) and is exact at an older moment after a crash: then the topic is read again
/// from there.
///
/// Once the partition has left this process every call does nothing and finds nothing, and a
/// failure of the disk is told by the FeedStore, not here. THREAD: safe; calls that take an
/// `entries_max` cost some microseconds an entry.
class IssuerFeed {
 public:
  static constexpr std::size_t kCodeMax = 64;
  /// Hashes of delivered entries that wait in memory until there is time to file them by card.
  static constexpr std::size_t kNotesMax = 32'768;

  /// A feed in a store of its own, in memory: for tests and tools. Others come from a FeedStore.
  explicit IssuerFeed(IssuerId issuer);
  /// As it stands in the store of `partition`.
  IssuerFeed(IssuerId issuer,
             std::shared_ptr<SharedStore> store,
             std::int32_t partition,
             IssuerRecord record,
             const crypto::BucketDigests& digests);
  IssuerFeed(const IssuerFeed&) = delete;
  IssuerFeed& operator=(const IssuerFeed&) = delete;

  [[nodiscard]] const IssuerId& issuer() const noexcept { return issuer_; }
  /// Of watchlist.v1; -1: not known yet.
  [[nodiscard]] std::int32_t partition() const;

  /// Takes the next entry, written at `at`. A removal that names no sealed number takes it from the
  /// entry that it removes. Fails with kConflict, changing nothing, if the entry comes from another
  /// partition than those before or does not have a higher seq: then seq means nothing.
  [[nodiscard]] Status apply(std::int32_t partition,
                             std::uint64_t seq,
                             Instant at,
                             const WatchChange& change);

  struct Written {
    std::uint64_t seq = 0;
    Instant at = {};
    const WatchChange* change = nullptr;
  };
  /// Takes entries by rising seq; what was taken before (the topic is read again after a crash) is
  /// passed over. Fails as the store does.
  [[nodiscard]] Status apply_all(std::span<const Written> entries);

  /// Says once, after the topic was read to its end, where delivery goes on; until then the cursor
  /// is where the store has it. Any cursor will do, also one before what the store knows as
  /// delivered (as rewind()). Fails with kConflict if it is beyond the newest entry: the topic was
  /// made anew, and a new epoch is due.
  [[nodiscard]] Status begin(std::uint64_t through);

  struct Window {
    std::vector<PendingEntry> entries = {};
    bool more = false;  ///< Others follow behind them.
  };
  /// The first `entries_max` pending entries.
  [[nodiscard]] Window next(std::size_t entries_max) const;
  /// The first entries beyond any `after`, wherever the cursor stands: for who pulls.
  [[nodiscard]] Window page(std::uint64_t after, std::size_t entries_max) const;

  /// Moves the cursor to `through` and notes what the issuer has now. Entries passed over without
  /// being in `delivered` are set aside, with the code that `codes` gives or REMOTE_REFUSED. An
  /// entry in `delivered` that was set aside before, wherever it stands, is not any more. A
  /// `through` below the cursor is a bug.
  void advance(std::uint64_t through,
               std::span<const DeliveredEntry> delivered,
               std::span<const SetAsideMark> codes = {});
  /// The same for who acknowledges from afar: everything up to `through` was delivered, but for
  /// `codes`. Takes time linear in the entries passed. Fails with kConflict, changing nothing, if
  /// `through` is below the cursor or beyond the newest entry.
  [[nodiscard]] Status accept(std::uint64_t through, std::span<const SetAsideMark> codes = {});
  /// Puts the cursor back: what lies beyond it is sent again, what was set aside there, too. Linear
  /// in the entries passed. Fails with kConflict if `through` is beyond the cursor.
  [[nodiscard]] Status rewind(std::uint64_t through);

  /// Files some of the hashes that advance() has noted; false: there are none left. To be called
  /// when nothing is left to deliver; until then the digest is not known. A crash loses notes, not
  /// entries: they are unhashed() then.
  bool file_notes();
  [[nodiscard]] bool has_notes() const;

  /// Entries behind the cursor whose hash is not known yet (delivered by another process, or
  /// acknowledged from afar), at most `entries_max`. With `all` also pending ones, for a snapshot.
  [[nodiscard]] std::vector<PendingEntry> unhashed(std::size_t entries_max, bool all = false);
  /// Their hashes, in the same order. What was superseded meanwhile is passed over; what has no
  /// hash counts in no digest.
  void add_hashes(std::span<const DeliveredEntry> hashed);

  /// The digest by bucket; nothing while entries are pending or unhashed.
  [[nodiscard]] std::optional<FeedDigests> digests();

  struct Cards {
    std::vector<PendingEntry> entries = {};  ///< None is a removal.
    std::optional<CardRef> next = {};        ///< Go on after this card; nothing: that was all.
  };
  /// The cards of a bucket as the issuer should hold them once it has come to `at` (the cursor for
  /// a repair; for a snapshot figures().newest, once nothing is unhashed), in the order of their
  /// references, from the one after `after` on. Of a card that has a newer entry than `at` the
  /// older is given if it was delivered or offered, else none. A chunk may be empty and not the
  /// last.
  [[nodiscard]] Cards bucket(crypto::Bucket bucket,
                             std::uint64_t at,
                             std::size_t entries_max,
                             const std::optional<CardRef>& after = {});

  struct SetAside {
    SetAsideMark mark = {};
    PendingEntry entry = {};
  };
  /// What was set aside, from the one after `after` on. What is superseded is not among it.
  [[nodiscard]] std::vector<SetAside> set_aside(std::size_t entries_max,
                                                std::uint64_t after = 0) const;
  /// Clears all marks and puts the cursor before the first of them, so that these entries are sent
  /// again (with all behind them, which changes nothing at the issuer). How many there were.
  std::uint64_t retry_set_aside();

  /// Notes the issuer's word on the card of entry `seq`, e.g. "BLOCKED"; it replaces an older one.
  /// The card, or nothing if no such entry of this feed was ever delivered or is pending. Kept in
  /// this store only; ends when the card leaves the list.
  std::optional<CardRef> set_answer(std::uint64_t seq, std::string_view status, Instant at);
  /// Cards on the list by the newest answer.
  [[nodiscard]] std::map<std::string, std::uint64_t> answers() const;

  [[nodiscard]] FeedFigures figures();

 private:
  using Codes = std::span<const SetAsideMark>;

  [[nodiscard]] FeedChange change(const SharedStore::Use& store);
  void take(const SharedStore::Use& store, FeedChange& change, const Written& entry);
  void supersede(FeedChange& change,
                 const CardRef& card,
                 const CardRecord& before,
                 const std::optional<std::string>& content,
                 CardRecord& after);
  [[nodiscard]] Window read(std::uint64_t after, std::size_t entries_max) const;
  [[nodiscard]] std::vector<std::pair<std::uint64_t, CardRef>> seqs(const SharedStore::Use& store,
                                                                    Shelf shelf,
                                                                    std::uint64_t after,
                                                                    std::uint64_t through) const;
  [[nodiscard]] std::uint64_t count(const SharedStore::Use& store,
                                    std::uint64_t after,
                                    std::uint64_t through) const;
  [[nodiscard]] bool can_wait(std::span<const DeliveredEntry> delivered,
                              Codes codes,
                              const std::vector<std::pair<std::uint64_t, CardRef>>& passed) const;
  void file_some(const SharedStore::Use& store, std::size_t entries_max);
  void file_few(const SharedStore::Use& store);
  void file_all(const SharedStore::Use& store);
  [[nodiscard]] bool any_notes() const noexcept { return !notes_.empty() || !filing_.empty(); }
  [[nodiscard]] bool noted(std::uint64_t seq) const noexcept;
  void note_delivered(FeedChange& change, const DeliveredEntry& entry);
  void note_version(CardRecord& record, const DeliveredEntry& entry) const;
  void give_up(FeedChange& change, std::uint64_t seq, const CardRef& card, std::string_view code);
  void confirm_past(FeedChange& change,
                    const SharedStore::Use& store,
                    std::uint64_t through,
                    Codes codes);
  [[nodiscard]] Status put_back(const SharedStore::Use& store, std::uint64_t through);
  void move_to(std::uint64_t through);
  [[nodiscard]] std::optional<PendingEntry> version(const SharedStore::Use& store,
                                                    const CardRef& card,
                                                    const CardRecord& record,
                                                    std::uint64_t at) const;
  [[nodiscard]] std::optional<CardRecord> card(const SharedStore::Use& store,
                                               const CardRef& card) const;
  [[nodiscard]] std::optional<CardRef> card_of_seq(const SharedStore::Use& store,
                                                   std::uint64_t seq) const;
  [[nodiscard]] bool complete() const noexcept;
  [[nodiscard]] bool note(const Status& read) const;
  void offered(std::uint64_t seq) const noexcept { offered_ = std::max(offered_, seq); }

  const IssuerId issuer_;
  const std::shared_ptr<SharedStore> store_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  std::int32_t partition_;
  IssuerRecord record_;
  crypto::BucketDigests digests_;
  mutable EntryCodec codec_;
  /// The issuer may have seen entries up to here.
  mutable std::uint64_t offered_ = 0;
  struct Oldest {
    std::uint64_t seq = 0;
    Instant written_at = {};
  };
  /// Of delivered entries, all of those in (noted_from_, noted_through_]: their cards' records do
  /// not have the hash yet.
  std::vector<DeliveredEntry> notes_;
  std::vector<DeliveredEntry> filing_;  ///< The same, by falling card: those filed next are last.
  std::uint64_t noted_from_ = 0;
  std::uint64_t noted_through_ = 0;
  mutable std::optional<Oldest> oldest_;  ///< Of the pending ones; nothing: to be looked up.
};

}  // namespace cw::notifier
