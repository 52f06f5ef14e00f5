#include "notifier/reconcile/repair_cut.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cw::notifier {
namespace {

using Opened = BatchBuilder::Opened;

void sort_by_seq(RepairPart& part) {
  std::sort(part.entries.begin(), part.entries.end(), [](const Opened& left, const Opened& right) {
    return left.entry.seq < right.entry.seq;
  });
}

/// Indices by rising position: each move of an entry wipes what it leaves behind.
std::vector<std::size_t> order_of(const std::vector<Opened>& cards) {
  std::vector<std::size_t> order(cards.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&cards](std::size_t left, std::size_t right) {
    return cards[left].position < cards[right].position;
  });
  return order;
}

}  // namespace

codec::PositionRange range_of(crypto::Bucket bucket) noexcept {
  constexpr unsigned kShift = 56;
  const std::uint64_t from = std::uint64_t{bucket} << kShift;
  return {from, from | ((std::uint64_t{1} << kShift) - 1)};
}

std::vector<RepairPart> cut(codec::PositionRange range,
                            std::vector<Opened> cards,
                            const RepairLimits& limits) {
  std::erase_if(cards, [&range](const Opened& card) { return !range.holds(card.position); });
  std::vector<RepairPart> parts(1);
  parts.back().replaces = range;
  std::size_t bytes = 0;
  std::uint64_t last = range.from;
  for (const std::size_t index : order_of(cards)) {
    Opened& card = cards[index];
    const std::size_t size = card.text.reveal().size() + 1;
    RepairPart* part = &parts.back();
    const bool full = part->entries.size() >= limits.entries_max || bytes + size > limits.bytes_max;
    // Cards of one position cannot be told apart by a range, so they stay together.
    if (full && !part->entries.empty() && card.position != last) {
      part->replaces.through = card.position - 1;
      parts.push_back({.replaces = {card.position, range.through}, .entries = {}});
      part = &parts.back();
      bytes = 0;
    }
    bytes += size;
    last = card.position;
    part->entries.push_back(std::move(card));
  }
  for (RepairPart& part : parts) sort_by_seq(part);
  return parts;
}

}  // namespace cw::notifier
