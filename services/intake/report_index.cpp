#include "intake/report_index.hpp"

#include <utility>

namespace cw::intake {
namespace {

constexpr unsigned kShardBits = 8;
constexpr unsigned kOffsetBits = 48;
constexpr std::size_t kSlotsFirst = 16;

std::size_t shard_of(std::uint64_t report) noexcept {
  return report >> (64U - kShardBits);
}

std::uint64_t packed(const Place& place) noexcept {
  return (static_cast<std::uint64_t>(place.partition) << kOffsetBits) |
         static_cast<std::uint64_t>(place.offset);
}

Place unpacked(std::uint64_t place) noexcept {
  constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kOffsetBits) - 1;
  return {static_cast<std::int32_t>(place >> kOffsetBits),
          static_cast<std::int64_t>(place & kOffsetMask)};
}

/// At most three quarters are in use.
bool is_crowded(std::size_t used, std::size_t slots) noexcept {
  return (used + 1) * 4 > slots * 3;
}

}  // namespace

ReportIndex::ReportIndex(std::size_t bytes_max) : slots_max_(bytes_max / sizeof(Slot)) {}

ReportIndex::Added ReportIndex::add(const IndexEntry& entry) {
  Shard& shard = shards_[shard_of(entry.report)];
  if (is_crowded(shard.used, shard.slots.size()) && !grow(shard)) return Added::kRefused;
  const auto slots = shard.slots.size();
  std::size_t records = 0;
  bool moved = false;
  auto at = home_of(entry.report, slots);
  for (; shard.slots[at].place != kEmpty; at = next(at, slots)) {
    if (shard.slots[at].report != entry.report) continue;
    moved = moved || shard.slots[at].card != entry.card;
    if (++records == kRecordsPerReportMax) return Added::kRefused;
  }
  shard.slots[at] = {entry.report, entry.card, packed(entry.place)};
  ++shard.used;
  ++size_;
  return moved ? Added::kMoved : Added::kAlone;
}

std::vector<Place> ReportIndex::places(std::uint64_t report) const {
  std::vector<Place> found;
  const auto& slots = shards_[shard_of(report)].slots;
  if (slots.empty()) return found;
  for (auto at = home_of(report, slots.size()); slots[at].place != kEmpty;
       at = next(at, slots.size())) {
    if (slots[at].report == report) found.push_back(unpacked(slots[at].place));
  }
  return found;
}

// The top bits chose the shard; those below them choose the slot, in proportion, so that a table
// may have any size.
std::size_t ReportIndex::home_of(std::uint64_t report, std::size_t slots) noexcept {
  const std::uint64_t rest = (report << kShardBits) >> 32U;
  return (rest * slots) >> 32U;
}

void ReportIndex::put(Slots& slots, const Slot& entry) noexcept {
  auto at = home_of(entry.report, slots.size());
  while (slots[at].place != kEmpty) at = next(at, slots.size());
  slots[at] = entry;
}

bool ReportIndex::grow(Shard& shard) {
  const auto before = shard.slots.size();
  const auto after = before < kSlotsFirst ? kSlotsFirst : before + before / 2;
  if (slots_ - before + after > slots_max_) return false;
  Slots larger(after);
  for (const auto& slot : shard.slots) {
    if (slot.place != kEmpty) put(larger, slot);
  }
  shard.slots = std::move(larger);
  slots_ += after - before;
  return true;
}

}  // namespace cw::intake
