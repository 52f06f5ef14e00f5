#include "lib/kafka/partition_ledger.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>

namespace cw::kafka {

PartitionLedger::Change PartitionLedger::assign(const std::vector<Position>& committed) {
  CW_ASSERT(!batch_in_hand());
  Change change;
  close_what_is_gone(committed, change);
  restoring_.clear();
  for (const auto& position : committed) {
    const auto partition = position.where.partition;
    if (open_.insert(partition).second) change.opened.push_back(partition);
    auto& cursor = cursors_[position.where.topic][partition];
    cursor.target = std::max<std::int64_t>(position.offset, 0);
    if (cursor.next < cursor.target) {
      change.restore.push_back({position.where, cursor.next});
      restoring_.insert(partition);
    }
  }
  for (const auto partition : change.opened) {
    if (!restoring_.contains(partition)) change.restored.push_back(partition);
  }
  return change;
}

// A partition is closed when it went to somebody else, and when our state is ahead of what the
// group has committed (somebody set the offsets back): then it is built anew.
void PartitionLedger::close_what_is_gone(const std::vector<Position>& committed, Change& change) {
  std::set<std::int32_t> kept;
  for (const auto& position : committed) kept.insert(position.where.partition);
  for (const auto& position : committed) {
    const auto* cursor = find(position.where.topic, position.where.partition);
    const auto target = std::max<std::int64_t>(position.offset, 0);
    if (cursor != nullptr && cursor->next > target) kept.erase(position.where.partition);
  }
  for (const auto partition : open_) {
    if (!kept.contains(partition)) change.closed.push_back(partition);
  }
  for (const auto partition : change.closed) {
    open_.erase(partition);
    for (auto& [topic, cursors] : cursors_) cursors.erase(partition);
  }
}

PartitionLedger::Cursor* PartitionLedger::find(std::string_view topic, std::int32_t partition) {
  const auto by_topic = cursors_.find(topic);
  if (by_topic == cursors_.end()) return nullptr;
  const auto found = by_topic->second.find(partition);
  return found == by_topic->second.end() ? nullptr : &found->second;
}

bool PartitionLedger::take_restored(std::string_view topic,
                                    std::int32_t partition,
                                    std::int64_t offset) {
  auto* cursor = find(topic, partition);
  if (cursor == nullptr || offset < cursor->next) return false;
  // Only aborted records and markers stand between the last record before the target and this.
  const bool fold = offset < cursor->target;
  cursor->next = fold ? offset + 1 : cursor->target;
  return fold;
}

void PartitionLedger::take_end(std::string_view topic,
                               std::int32_t partition,
                               std::int64_t offset) {
  auto* cursor = find(topic, partition);
  // A new leader may show a shorter log for a moment: then more will come.
  if (cursor != nullptr && offset >= cursor->target) {
    cursor->next = std::max(cursor->next, cursor->target);
  }
}

bool PartitionLedger::complete(std::int32_t partition) const {
  for (const auto& [topic, cursors] : cursors_) {
    const auto found = cursors.find(partition);
    if (found != cursors.end() && found->second.next < found->second.target) return false;
  }
  return true;
}

std::vector<std::int32_t> PartitionLedger::newly_restored() {
  std::vector<std::int32_t> done;
  for (const auto partition : restoring_) {
    if (complete(partition)) done.push_back(partition);
  }
  for (const auto partition : done) restoring_.erase(partition);
  return done;
}

std::int64_t PartitionLedger::remaining() const noexcept {
  std::int64_t sum = 0;
  for (const auto& [topic, cursors] : cursors_) {
    for (const auto& [partition, cursor] : cursors) {
      sum += std::max<std::int64_t>(0, cursor.target - cursor.next);
    }
  }
  return sum;
}

bool PartitionLedger::take(std::string_view topic, std::int32_t partition, std::int64_t offset) {
  auto* cursor = find(topic, partition);
  if (cursor == nullptr) return false;
  const auto in_batch = batch_.find(cursor);
  const auto next = in_batch == batch_.end() ? cursor->next : in_batch->second;
  if (offset < next) return false;
  batch_[cursor] = offset + 1;
  return true;
}

void PartitionLedger::note_end(std::string_view topic,
                               std::int32_t partition,
                               std::int64_t offset) {
  auto* cursor = find(topic, partition);
  if (cursor != nullptr) cursor->end = offset;
}

std::vector<Position> PartitionLedger::batch_end() const {
  std::vector<Position> result;
  for (const auto& [topic, cursors] : cursors_) {
    for (const auto& [partition, cursor] : cursors) {
      const auto found = batch_.find(const_cast<Cursor*>(&cursor));
      if (found != batch_.end()) result.push_back({{topic, partition}, found->second});
    }
  }
  return result;
}

bool PartitionLedger::was_committed(const std::vector<Position>& committed) const {
  const auto ends = batch_end();
  return std::all_of(ends.begin(), ends.end(), [&](const Position& end) {
    return std::any_of(committed.begin(), committed.end(), [&](const Position& position) {
      return position.where == end.where && position.offset >= end.offset;
    });
  });
}

void PartitionLedger::commit() {
  for (auto& [cursor, next] : batch_) cursor->next = cursor->target = next;
  batch_.clear();
}

std::vector<Position> PartitionLedger::positions() const {
  std::vector<Position> result;
  for (const auto& [topic, cursors] : cursors_) {
    for (const auto& [partition, cursor] : cursors) {
      result.push_back({{topic, partition}, cursor.next});
    }
  }
  return result;
}

std::vector<Position> PartitionLedger::reached() const {
  std::vector<Position> result;
  for (const auto& [topic, cursors] : cursors_) {
    for (const auto& [partition, cursor] : cursors) {
      result.push_back({{topic, partition}, std::max(cursor.next, cursor.end)});
    }
  }
  return result;
}

std::vector<std::int32_t> PartitionLedger::partitions() const {
  return {open_.begin(), open_.end()};
}

}  // namespace cw::kafka
