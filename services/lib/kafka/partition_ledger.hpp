#pragma once

#include "lib/kafka/record.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace cw::kafka {

/// How far the state of each assigned partition has come: the offsets before which every record
/// is folded in, those up to which it must be restored, and those of the batch in hand.
///
/// A pure data structure: the loop performs what it says. One partition number of all topics is
/// one piece of state, which is exact at the offsets noted here whoever read the records, so a
/// partition that comes back needs only the records since.
/// THREAD: not safe.
class PartitionLedger {
 public:
  struct Change {
    std::vector<std::int32_t> closed;    ///< Forget their state (before opening anything).
    std::vector<std::int32_t> opened;    ///< New, with empty state.
    std::vector<std::int32_t> restored;  ///< Complete without reading anything.
    std::vector<Position> restore;       ///< To be read, from these positions.
  };

  /// A new assignment, with what the group has committed for each of its partitions (none: -1 or
  /// any negative number). No batch may be in hand.
  [[nodiscard]] Change assign(const std::vector<Position>& committed);

  /// While restoring: whether this record is to be folded.
  [[nodiscard]] bool take_restored(std::string_view topic,
                                   std::int32_t partition,
                                   std::int64_t offset);
  /// While restoring: the partition ends at `offset` (only markers stand before it).
  void take_end(std::string_view topic, std::int32_t partition, std::int64_t offset);
  /// Partition numbers that became complete since the last call.
  [[nodiscard]] std::vector<std::int32_t> newly_restored();
  [[nodiscard]] bool restoring() const noexcept { return remaining() > 0; }
  [[nodiscard]] std::int64_t remaining() const noexcept;

  /// While processing: whether this record belongs to the batch; it is then part of it.
  [[nodiscard]] bool take(std::string_view topic, std::int32_t partition, std::int64_t offset);
  /// While processing: the partition ends at `offset`, and nothing but markers stands before it.
  void note_end(std::string_view topic, std::int32_t partition, std::int64_t offset);
  [[nodiscard]] bool batch_in_hand() const noexcept { return !batch_.empty(); }
  /// The offsets to commit with the batch in hand.
  [[nodiscard]] std::vector<Position> batch_end() const;
  /// Whether the batch in hand was committed, given what the group has committed for its
  /// partitions. True also if somebody else has gone on from there: the state is the same.
  [[nodiscard]] bool was_committed(const std::vector<Position>& committed) const;
  /// The batch in hand is part of the state.
  void commit();
  /// The batch in hand never was.
  void rollback() { batch_.clear(); }

  /// Where to read on, for all partitions.
  [[nodiscard]] std::vector<Position> positions() const;
  /// The same, beyond markers at the end of a partition: what is really still to come is after it.
  [[nodiscard]] std::vector<Position> reached() const;
  [[nodiscard]] std::vector<std::int32_t> partitions() const;

 private:
  struct Cursor {
    std::int64_t next = 0;
    std::int64_t target = 0;
    std::int64_t end = 0;  ///< As last noted.
  };
  // Looked up for each record, by a view of the topic's name: no copies.
  using Cursors = std::map<std::string, std::map<std::int32_t, Cursor>, std::less<>>;

  [[nodiscard]] Cursor* find(std::string_view topic, std::int32_t partition);
  [[nodiscard]] bool complete(std::int32_t partition) const;
  void close_what_is_gone(const std::vector<Position>& committed, Change& change);

  Cursors cursors_;
  std::set<std::int32_t> open_;
  std::set<std::int32_t> restoring_;
  std::map<Cursor*, std::int64_t> batch_;  ///< Next offset after the batch, by cursor.
};

}  // namespace cw::kafka
