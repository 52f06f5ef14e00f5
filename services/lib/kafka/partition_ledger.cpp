#include "lib/kafka/partition_ledger.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>

namespace cw::kafka {
namespace {

std::int64_t target_of(const Position& committed) {
  return std::max<std::int64_t>(committed.offset, 0);
}

}  // namespace

PartitionLedger::Change PartitionLedger::assign(const std::vector<Position>& committed) {
  CW_ASSERT(!batch_in_hand());
  make_room(committed);
  Change change;
  close_what_is_gone(committed, change);
  for (const auto& position : committed) {
    const auto partition = position.where.partition;
    auto& slot = slots_[static_cast<std::size_t>(partition)];
    if (!slot.open) {
      slot = {.open = true, .restoring = true};
      change.opened.push_back(partition);
    }
    const auto topic = std::find(topics_.begin(), topics_.end(), position.where.topic);
    CW_ASSERT(topic != topics_.end());
    auto& cursor = cursors_of(partition)[static_cast<std::size_t>(topic - topics_.begin())];
    cursor.open = true;
    cursor.target = target_of(position);
    if (cursor.next < cursor.target) slot.restoring = true;
  }
  return change;
}

void PartitionLedger::make_room(const std::vector<Position>& committed) {
  std::int32_t count = 0;
  for (const auto& position : committed) count = std::max(count, position.where.partition + 1);
  const auto slots = std::max(slots_.size(), static_cast<std::size_t>(count));
  slots_.resize(slots);
  cursors_.resize(slots * topics_.size());
}

// A partition is closed when it went to somebody else, and when our state is ahead of what the
// group has committed (somebody set the offsets back): then it is built anew.
void PartitionLedger::close_what_is_gone(const std::vector<Position>& committed, Change& change) {
  std::vector<bool> kept(slots_.size(), false);
  for (const auto& position : committed) {
    kept[static_cast<std::size_t>(position.where.partition)] = true;
  }
  for (const auto& position : committed) {
    const auto* cursor = find(position.where);
    if (cursor != nullptr && cursor->next > target_of(position)) {
      kept[static_cast<std::size_t>(position.where.partition)] = false;
    }
  }
  for (const auto partition : partitions()) {
    if (kept[static_cast<std::size_t>(partition)]) continue;
    change.closed.push_back(partition);
    slots_[static_cast<std::size_t>(partition)] = {};
    std::ranges::fill(cursors_of(partition), Cursor{});
  }
}

bool PartitionLedger::start_at(std::int32_t partition, std::span<const Position> held) {
  const bool ours = std::all_of(held.begin(), held.end(), [&](const Position& position) {
    const auto* cursor = find(position.where);
    return position.where.partition == partition && cursor != nullptr && position.offset >= 0 &&
           position.offset <= cursor->target;
  });
  if (!ours) return false;
  for (const auto& position : held) {
    auto* cursor = find(position.where);
    cursor->next = cursor->after_batch = position.offset;
  }
  return true;
}

std::vector<Position> PartitionLedger::to_restore() const {
  std::vector<Position> result;
  for_each([&](const TopicPartition& where, const Cursor& cursor) {
    if (cursor.next < cursor.target) result.push_back({where, cursor.next});
  });
  return result;
}

PartitionLedger::Cursor* PartitionLedger::find(const TopicPartition& where) noexcept {
  const auto topic = std::find(topics_.begin(), topics_.end(), where.topic);
  if (topic == topics_.end()) return nullptr;
  return find(static_cast<TopicIndex>(topic - topics_.begin()), where.partition);
}

std::span<PartitionLedger::Cursor> PartitionLedger::cursors_of(std::int32_t partition) noexcept {
  return std::span{cursors_}.subspan(static_cast<std::size_t>(partition) * topics_.size(),
                                     topics_.size());
}

bool PartitionLedger::take_restored(TopicIndex topic, std::int32_t partition, std::int64_t offset) {
  auto* cursor = find(topic, partition);
  if (cursor == nullptr || offset < cursor->next) return false;
  // Only aborted records and markers stand between the last record before the target and this.
  const bool fold = offset < cursor->target;
  cursor->next = cursor->after_batch = fold ? offset + 1 : cursor->target;
  return fold;
}

void PartitionLedger::take_end(TopicIndex topic, std::int32_t partition, std::int64_t offset) {
  auto* cursor = find(topic, partition);
  // A new leader may show a shorter log for a moment: then more will come.
  if (cursor == nullptr || offset < cursor->target) return;
  cursor->next = cursor->after_batch = std::max(cursor->next, cursor->target);
}

bool PartitionLedger::complete(std::int32_t partition) noexcept {
  return std::ranges::all_of(cursors_of(partition),
                             [](const Cursor& cursor) { return cursor.next >= cursor.target; });
}

std::vector<std::int32_t> PartitionLedger::newly_restored() {
  std::vector<std::int32_t> done;
  for (const auto partition : partitions()) {
    auto& slot = slots_[static_cast<std::size_t>(partition)];
    if (!slot.restoring || !complete(partition)) continue;
    slot.restoring = false;
    done.push_back(partition);
  }
  return done;
}

std::int64_t PartitionLedger::remaining() const noexcept {
  std::int64_t sum = 0;
  for (const auto& cursor : cursors_) {
    if (cursor.open) sum += std::max<std::int64_t>(0, cursor.target - cursor.next);
  }
  return sum;
}

void PartitionLedger::note_end(TopicIndex topic, std::int32_t partition, std::int64_t offset) {
  auto* cursor = find(topic, partition);
  if (cursor != nullptr) cursor->end = offset;
}

template <class Visit>
void PartitionLedger::for_each(Visit visit) const {
  for (std::size_t at = 0; at < cursors_.size(); ++at) {
    if (!cursors_[at].open) continue;
    const auto partition = static_cast<std::int32_t>(at / topics_.size());
    visit(TopicPartition{topics_[at % topics_.size()], partition}, cursors_[at]);
  }
}

std::vector<Position> PartitionLedger::batch_end() const {
  std::vector<Position> result;
  for_each([&](const TopicPartition& where, const Cursor& cursor) {
    if (cursor.after_batch > cursor.next) result.push_back({where, cursor.after_batch});
  });
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
  for (auto& cursor : cursors_) {
    if (cursor.after_batch > cursor.next) cursor.next = cursor.target = cursor.after_batch;
  }
  batch_in_hand_ = false;
}

void PartitionLedger::rollback() {
  for (auto& cursor : cursors_) cursor.after_batch = cursor.next;
  batch_in_hand_ = false;
}

std::vector<Position> PartitionLedger::positions() const {
  std::vector<Position> result;
  for_each([&](const TopicPartition& where, const Cursor& cursor) {
    result.push_back({where, cursor.next});
  });
  return result;
}

std::vector<Position> PartitionLedger::positions_of(std::int32_t partition) const {
  auto result = positions();
  std::erase_if(result, [&](const Position& at) { return at.where.partition != partition; });
  return result;
}

std::vector<Position> PartitionLedger::reached() const {
  std::vector<Position> result;
  for_each([&](const TopicPartition& where, const Cursor& cursor) {
    result.push_back({where, std::max(cursor.next, cursor.end)});
  });
  return result;
}

std::vector<std::int32_t> PartitionLedger::partitions() const {
  std::vector<std::int32_t> result;
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at].open) result.push_back(static_cast<std::int32_t>(at));
  }
  return result;
}

}  // namespace cw::kafka
