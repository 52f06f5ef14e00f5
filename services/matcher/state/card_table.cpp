#include "matcher/state/card_table.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>

namespace cw::matcher {
namespace {

constexpr std::size_t kSlotsMin = 1024;
/// As many as tags can tell apart.
constexpr std::size_t kSlotsMax = std::size_t{1} << 32U;
/// Changed cards ahead that commit() asks for: in a large batch they are out of reach again.
constexpr std::size_t kUndoAhead = 16;

bool is_of(const char* block, const CardRef& card) noexcept {
  std::uint64_t there[2];
  std::uint64_t wanted[2];
  static_assert(sizeof wanted == sizeof card.bytes);
  std::memcpy(there, block, sizeof there);
  std::memcpy(wanted, card.bytes.data(), sizeof wanted);
  return ((there[0] ^ wanted[0]) | (there[1] ^ wanted[1])) == 0;
}

/// Beyond it the index grows: runs stay within a line of the cache.
constexpr std::size_t most_cards(std::size_t slots) {
  return slots / 5 * 4;
}

}  // namespace

CardTable::CardTable() : slots_(kSlotsMin) {}

// References are uniformly distributed: their bytes serve as hashes.
std::uint32_t CardTable::tag_of(const CardRef& card) noexcept {
  std::uint32_t tag = 0;
  std::memcpy(&tag, card.bytes.data(), sizeof tag);
  return __builtin_bswap32(tag);
}

std::size_t CardTable::home_of(std::uint32_t tag) const noexcept {
  return (std::uint64_t{tag} * slots_.size()) >> 32U;
}

std::size_t CardTable::after(std::size_t at) const noexcept {
  return at + 1 == slots_.size() ? 0 : at + 1;
}

std::size_t CardTable::distance(std::size_t from, std::size_t to) const noexcept {
  return to >= from ? to - from : to + slots_.size() - from;
}

// The card's slot, or the free one where it belongs.
std::size_t CardTable::locate(const CardRef& card) const noexcept {
  const auto tag = tag_of(card);
  for (auto at = home_of(tag);; at = after(at)) {
    const auto& slot = slots_[at];
    if (slot.block == 0) return at;
    if (slot.tag == tag && is_of(arena_.data(slot.block), card)) return at;
  }
}

void CardTable::prefetch_slot(const CardRef& card) const noexcept {
  __builtin_prefetch(&slots_[home_of(tag_of(card))]);
}

void CardTable::prefetch_card(const CardRef& card) const noexcept {
  constexpr std::size_t kLine = 64;
  const auto& slot = slots_[home_of(tag_of(card))];
  if (slot.block == 0) return;
  const auto* data = arena_.data(slot.block);
  __builtin_prefetch(data);
  __builtin_prefetch(data + kLine);
}

std::optional<CardBlob> CardTable::find(const CardRef& card) const {
  const auto block = slots_[locate(card)].block;
  return block == 0 ? std::nullopt : std::optional{CardBlob{arena_.data(block)}};
}

void CardTable::release(Block block) {
  arena_.release(block, CardBlob{arena_.data(block)}.header().bytes);
}

// A block of the batch in hand for the card, with the first `keep` bytes of the one it had.
char* CardTable::make_room(const CardHeader& header, std::size_t keep, std::size_t bytes) {
  CW_ASSERT(bytes <= kCardBytesMax);
  auto at = locate(header.card);
  const auto old = slots_[at].block;
  if (old == 0) {
    if (size_ + 1 > most_cards(slots_.size())) {
      grow(slots_.size() + slots_.size() / 4);
      at = locate(header.card);
    }
    ++size_;
    slots_[at] = {tag_of(header.card), arena_.allocate(bytes)};
    undo_.push_back({header.card, 0});
    return arena_.data(slots_[at].block);
  }
  const auto held = CardBlob{arena_.data(old)}.header();
  const bool ours = held.batch == batch_;
  if (ours && BlobArena::capacity(held.bytes) == BlobArena::capacity(bytes)) {
    return arena_.data(old);
  }
  const auto block = arena_.allocate(bytes);
  std::memcpy(arena_.data(block), arena_.data(old), std::min(keep, bytes));
  slots_[at].block = block;
  if (ours) {
    arena_.release(old, held.bytes);
  } else {
    undo_.push_back({header.card, old});
  }
  return arena_.data(block);
}

void CardTable::write(char* data, CardHeader header, std::size_t bytes) {
  static_assert(kCardBytesMax <= CardHeader::kBytesMask);
  header.bytes = static_cast<std::uint32_t>(bytes) & CardHeader::kBytesMask;
  header.batch = batch_;
  std::memcpy(data, &header, sizeof header);
}

void CardTable::append(const CardHeader& header, std::string_view item) {
  const auto before = find(header.card);
  const auto held = before ? before->header().bytes : sizeof(CardHeader);
  auto* data = make_room(header, held, held + item.size());
  std::memcpy(data + held, item.data(), item.size());
  write(data, header, held + item.size());
}

void CardTable::set_header(const CardHeader& header) {
  const auto before = find(header.card);
  CW_ASSERT(before.has_value());
  const auto held = before->header().bytes;
  write(make_room(header, held, held), header, held);
}

void CardTable::replace(const CardHeader& header, std::string_view items) {
  const auto bytes = sizeof(CardHeader) + items.size();
  auto* data = make_room(header, 0, bytes);
  std::memcpy(data + sizeof(CardHeader), items.data(), items.size());
  write(data, header, bytes);
}

void CardTable::load(std::string_view bytes) {
  CW_ASSERT(undo_.empty() && bytes.size() >= sizeof(CardHeader));
  auto header = CardBlob{bytes.data()}.header();
  CW_ASSERT(header.bytes == bytes.size());
  header.unsaved = 0;
  header.forget_hints();
  replace(header, bytes.substr(sizeof(CardHeader)));
  undo_.clear();
  ++batch_;
}

void CardTable::forget_hints() {
  const auto forget = [this](Block block) {
    auto header = CardBlob{arena_.data(block)}.header();
    header.forget_hints();
    std::memcpy(arena_.data(block), &header, sizeof header);
  };
  for (const auto& slot : slots_) {
    if (slot.block != 0) forget(slot.block);
  }
  for (const auto& undo : undo_) {
    if (undo.block != 0) forget(undo.block);
  }
}

void CardTable::commit() {
  for (std::size_t at = 0; at < undo_.size(); ++at) {
    if (at + 2 * kUndoAhead < undo_.size()) prefetch_slot(undo_[at + 2 * kUndoAhead].card);
    if (at + kUndoAhead < undo_.size()) {
      const auto& next = undo_[at + kUndoAhead];
      if (track_) prefetch_card(next.card);
      if (next.block != 0) __builtin_prefetch(arena_.data(next.block));
    }
    if (undo_[at].block != 0) release(undo_[at].block);
    if (track_) note_unsaved(undo_[at].card);
  }
  undo_.clear();
  ++batch_;
}

void CardTable::note_unsaved(const CardRef& card) {
  auto* data = arena_.data(slots_[locate(card)].block);
  auto header = CardBlob{data}.header();
  if (header.unsaved != 0) return;
  header.unsaved = 1;
  std::memcpy(data, &header, sizeof header);
  unsaved_.push_back(card);
}

void CardTable::rollback() {
  for (const auto& undo : undo_) {
    const auto at = locate(undo.card);
    release(slots_[at].block);
    if (undo.block != 0) {
      slots_[at].block = undo.block;
    } else {
      erase(at);
    }
  }
  undo_.clear();
  ++batch_;
}

// Linear probing without tombstones: whatever stands behind moves up if its home allows.
void CardTable::erase(std::size_t at) {
  slots_[at] = {};
  --size_;
  for (auto next = after(at); slots_[next].block != 0; next = after(next)) {
    if (distance(home_of(slots_[next].tag), next) < distance(at, next)) continue;
    slots_[at] = slots_[next];
    slots_[next] = {};
    at = next;
  }
}

void CardTable::reserve(std::size_t cards) {
  const auto slots = cards + cards / 3;
  if (slots > slots_.size()) grow(slots);
}

void CardTable::grow(std::size_t slots) {
  CW_ASSERT(slots <= kSlotsMax);
  HugeVector<Slot> old(slots);
  old.swap(slots_);
  for (const auto& slot : old) {
    if (slot.block == 0) continue;
    auto at = home_of(slot.tag);
    while (slots_[at].block != 0) at = after(at);
    slots_[at] = slot;
  }
}

}  // namespace cw::matcher
