#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
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

struct FeedBatchHead {
  IssuerId issuer;
  std::uint32_t epoch = 1;
  std::string batch;          ///< The batch's id, e.g. "b-000041".
  std::uint64_t after = 0;    ///< `through` of the batch before.
  std::uint64_t through = 0;  ///< seq up to which the receiver is current after this batch.
  bool more = false;          ///< Further entries were waiting when it was built.
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
/// pointer; also when count, seq order or the window after..through do not fit) or kBodyTooLarge.
[[nodiscard]] Result<FeedBatch> decode_feed_batch(std::string_view json);

}  // namespace cw::codec
