#pragma once

#include "lib/kafka/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cw::kafka {

/// How far the state of each assigned partition has come: the offsets before which every record
/// is folded in, those up to which it must be restored, and those of the batch in hand.
///
/// A pure data structure: the loop performs what it says. One partition number of all topics is
/// one piece of state, which is exact at the offsets noted here whoever read the records, so a
/// partition that comes back needs only the records since. Topics are told by their index.
/// THREAD: not safe.
class PartitionLedger {
 public:
  struct Change {
    std::vector<std::int32_t> closed;  ///< Forget their state (before opening anything).
    std::vector<std::int32_t> opened;  ///< New, with empty state; start_at() may know better.
  };

  explicit PartitionLedger(std::vector<std::string> topics) : topics_(std::move(topics)) {}

  /// A new assignment, with what the group has committed for each of its partitions (none: -1 or
  /// any negative number). No batch may be in hand.
  [[nodiscard]] Change assign(const std::vector<Position>& committed);
  /// The state of a partition that was just opened is exact at these positions already; a topic
  /// without one: at its beginning. False, and nothing is changed, if the group has not committed
  /// so far, or if they speak of other topics or partitions: that state is not ours.
  [[nodiscard]] bool start_at(std::int32_t partition, std::span<const Position> held);
  /// What must be read before newly_restored() has told every opened partition.
  [[nodiscard]] std::vector<Position> to_restore() const;

  /// While restoring: whether this record is to be folded.
  [[nodiscard]] bool take_restored(TopicIndex topic, std::int32_t partition, std::int64_t offset);
  /// While restoring: the partition ends at `offset` (only markers stand before it).
  void take_end(TopicIndex topic, std::int32_t partition, std::int64_t offset);
  /// Partition numbers that became complete since the last call, those among them that needed
  /// nothing to be read.
  [[nodiscard]] std::vector<std::int32_t> newly_restored();
  [[nodiscard]] bool restoring() const noexcept { return remaining() > 0; }
  [[nodiscard]] std::int64_t remaining() const noexcept;

  /// While processing: whether this record belongs to the batch; it is then part of it.
  [[nodiscard]] bool take(TopicIndex topic, std::int32_t partition, std::int64_t offset) {
    auto* cursor = find(topic, partition);
    if (cursor == nullptr || offset < cursor->after_batch) return false;
    cursor->after_batch = offset + 1;
    batch_in_hand_ = true;
    return true;
  }
  /// While processing: the partition ends at `offset`, and nothing but markers stands before it.
  void note_end(TopicIndex topic, std::int32_t partition, std::int64_t offset);
  [[nodiscard]] bool batch_in_hand() const noexcept { return batch_in_hand_; }
  /// The offsets to commit with the batch in hand.
  [[nodiscard]] std::vector<Position> batch_end() const;
  /// Whether the batch in hand was committed, given what the group has committed for its
  /// partitions. True also if somebody else has gone on from there: the state is the same.
  [[nodiscard]] bool was_committed(const std::vector<Position>& committed) const;
  /// The batch in hand is part of the state.
  void commit();
  /// The batch in hand never was.
  void rollback();

  /// Where to read on, for all partitions.
  [[nodiscard]] std::vector<Position> positions() const;
  /// The same for one partition number.
  [[nodiscard]] std::vector<Position> positions_of(std::int32_t partition) const;
  /// As positions(), beyond markers at the end of a partition: what is still to come is after it.
  [[nodiscard]] std::vector<Position> reached() const;
  [[nodiscard]] std::vector<std::int32_t> partitions() const;

 private:
  struct Cursor {
    bool open = false;
    std::int64_t next = 0;
    std::int64_t after_batch = 0;  ///< The next offset with the batch in hand.
    std::int64_t target = 0;
    std::int64_t end = 0;  ///< As last noted.
  };
  struct Slot {
    bool open = false;
    bool restoring = false;  ///< newly_restored() has not told it yet.
  };

  [[nodiscard]] Cursor* find(TopicIndex topic, std::int32_t partition) noexcept {
    const auto at = static_cast<std::size_t>(partition) * topics_.size() + topic;
    if (partition < 0 || at >= cursors_.size() || !cursors_[at].open) return nullptr;
    return &cursors_[at];
  }
  [[nodiscard]] Cursor* find(const TopicPartition& where) noexcept;
  [[nodiscard]] std::span<Cursor> cursors_of(std::int32_t partition) noexcept;
  [[nodiscard]] bool complete(std::int32_t partition) noexcept;
  void make_room(const std::vector<Position>& committed);
  void close_what_is_gone(const std::vector<Position>& committed, Change& change);
  /// Calls `visit(where, cursor)` for each open cursor.
  template <class Visit>
  void for_each(Visit visit) const;

  std::vector<std::string> topics_;
  std::vector<Cursor> cursors_;  ///< By partition, then by topic: looked up for each record.
  std::vector<Slot> slots_;      ///< By partition.
  bool batch_in_hand_ = false;
};

}  // namespace cw::kafka
