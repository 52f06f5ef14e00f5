#pragma once

#include "issuer/feed_receiver.hpp"
#include "issuer/journal.hpp"
#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A journal holds every batch that came, so it grows for as long as there are changes, while the
/// list may stay as small as it was. A compacted journal begins with the list instead:
/// - one record kCompactedIds: the ids of batches that the receiver remembers, a line each;
/// - records kCompactedList: the entries held, each byte for byte as it was sent, in batches that
///   are encrypted to the issuer's own key (CardBook::restore reads them);
/// and goes on with the batches that came since, as they came. Read back it gives the same list,
/// cursor, epoch, digests and remembered ids. What is not kept is which cards were removed, and so
/// a repair from before the compaction is a gap, as the protocol has it.
namespace cw::issuer {

// No batch's id has a slash, and no webhook-id a dot.
inline constexpr std::string_view kCompactedIds = "./ids";
inline constexpr std::string_view kCompactedList = "./list";

/// The body of a kCompactedIds record, taken apart.
[[nodiscard]] std::vector<std::string_view> split_ids(std::string_view body);

/// Where a journal is written anew; what a crash left there is of no worth.
[[nodiscard]] std::string compaction_path(const std::string& journal);

struct CompactionPlan {
  std::string journal;       ///< Path.
  std::uint64_t bytes = 0;   ///< How much of it is looked at; whole records.
  Instant received_by = {};  ///< Only records that came by then.
  IssuerId issuer;
  ReceiverKeys keys;  ///< It is encrypted to the first of the encryption keys.
  std::function<bool()> stopping = {};
};

/// Items of a journal are its records and the entries in them: what its size is measured by.
struct Compacted {
  Journal journal;   ///< At compaction_path(), synced.
  JournalPart part;  ///< Of the long one: what `journal` stands for.
  std::uint64_t items_before = 0;
  std::uint64_t items = 0;
};

/// Reads the long journal twice, as it needs nothing but the file, and writes the short one. Holds
/// the list in memory once more. Fails with kConflict (a snapshot is under way in that part, or
/// there is nothing yet), kCancelled (stopping), kFileWrite, or as Inbox::open.
/// THREAD: safe while others append to the journal; not for two at a time.
[[nodiscard]] Result<Compacted> compact(const CompactionPlan& plan);

}  // namespace cw::issuer
