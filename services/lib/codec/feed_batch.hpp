#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::codec {

/// The feed's protocol name, in every batch.
inline constexpr std::string_view kFeedName = "cardwatch.watchlist.v1";
/// Entries in one batch at most.
inline constexpr std::size_t kBatchEntriesMax = 10'000;
/// Bytes of a clear batch that a receiver takes.
inline constexpr std::size_t kBatchBytesMax = 16 * 1024 * 1024;

/// One entry in canonical form (compact JSON, sorted keys): the bytes whose SHA-256 goes into the
/// feed's digest. Holds the card number in clear. For a kDelt only issuer, card and op count.
[[nodiscard]] Sensitive canonical_entry(std::uint64_t seq,
                                        const Pan& pan,
                                        const WatchChange& change);

/// A change of a feed's state, told before it takes effect.
struct FeedNotice {
  static constexpr std::size_t kReasonBytesMax = 256;

  FeedStatus state = FeedStatus::kEnabled;
  std::optional<std::string> reason = {};
  Instant at = {};

  friend bool operator==(const FeedNotice&, const FeedNotice&) = default;
};

/// Both ends included; see crypto::card_position.
struct PositionRange {
  std::uint64_t from = 0;
  std::uint64_t through = 0;

  [[nodiscard]] constexpr bool holds(std::uint64_t position) const noexcept {
    return from <= position && position <= through;
  }
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

/// What every batch says of itself. A batch is one of four kinds, told apart by its members:
/// - plain: the entries after `after`, through `through`;
/// - verification (`verification` is set): no entries, after = through = the sender's cursor;
///   changes nothing, may carry `notice` and `digest`, and is answered with its state;
/// - replacing (`replaces` is set): after it, the receiver's cards in that range are exactly the
///   entries; after = 0, through = the sender's cursor at which this is true; moves no cursor;
/// - snapshot (`replaces` and `snapshot`): replacing batches that cover all positions in order; the
///   last has more = false and sets epoch and cursor.
struct FeedBatchHead {
  static constexpr std::size_t kVerificationBytesMax = 256;

  IssuerId issuer;
  std::uint32_t epoch = 1;
  std::string batch;          ///< The batch's id, e.g. "b-000041".
  std::uint64_t after = 0;    ///< `through` of the batch before.
  std::uint64_t through = 0;  ///< seq up to which the receiver is current after this batch.
  bool more = false;          ///< Further entries were waiting when it was built.
  std::optional<std::string> verification = {};
  std::optional<FeedNotice> notice = {};
  std::optional<DigestSums> digest = {};
  std::optional<PositionRange> replaces = {};
  bool snapshot = false;
};

/// The text of a batch (schemas/feed-batch) around entries made by canonical_entry, which stand in
/// it byte for byte.
[[nodiscard]] Sensitive feed_batch(const FeedBatchHead& head,
                                   const std::vector<Sensitive>& entries);

/// An entry as the receiver reads it.
struct FeedEntry {
  std::uint64_t seq = 0;
  FeedOp op = FeedOp::kAddd;
  Pan pan;
  std::optional<Expiry> expiry;     ///< None for kDelt.
  std::optional<WatchLevel> level;  ///< None for kDelt.
  std::optional<Day> watch_from;
  std::vector<WatchReason> reasons;
  Sensitive canonical;  ///< Its bytes for the digest, members unknown to us included.
};

struct FeedBatch {
  FeedBatchHead head;
  std::vector<FeedEntry> entries;  ///< By rising seq.
};

/// Fails with kJsonSyntax, kSchemaVersion (another feed name), kSchemaViolation (names the JSON
/// pointer; also when count, seq order or the window after..through do not fit, when members of two
/// kinds stand together, or when an entry lies outside of the range replaced) or kBodyTooLarge.
[[nodiscard]] Result<FeedBatch> decode_feed_batch(std::string_view json);

}  // namespace cw::codec
