#pragma once

#include "matcher/state/blob_arena.hpp"
#include "matcher/state/card_blob.hpp"
#include "matcher/state/huge_pages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// The cards of one partition: an open-addressing index of 8 bytes a slot over blocks of bytes.
///
/// The slots lie in the order of the references, so that loading cards in that order, as a store
/// keeps them, and growing go through memory from end to end.
///
/// Changes belong to the batch in hand until commit(); rollback() brings back what was. A changed
/// card gets a new block, so that the committed bytes stay untouched meanwhile.
/// THREAD: not safe; belongs to its lane.
class CardTable {
 public:
  /// Of one card; beyond it the card takes no more input.
  static constexpr std::size_t kCardBytesMax = BlobArena::kBlockBytesMax;

  CardTable();

  /// The card as it is with the batch in hand. Valid until the card changes.
  [[nodiscard]] std::optional<CardBlob> find(const CardRef& card) const;
  /// Appends an item (of bytes as the card's item codec writes them) to a card, which is added if
  /// it is new. The header's length is kept right here; everything else in it is the caller's.
  void append(const CardHeader& header, std::string_view item);
  /// Sets the header only; the card must be there. header.bytes is left as it is.
  void set_header(const CardHeader& header);
  /// Replaces all items of a card.
  void replace(const CardHeader& header, std::string_view items);
  /// Takes over a committed card as a store kept it, without its hints: control may have changed
  /// since. No batch may be in hand.
  void load(std::string_view bytes);
  /// Makes all hints unknown, of committed cards and those of the batch in hand.
  void forget_hints();

  void commit();
  void rollback();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Ask the processor for what find() will touch: first the slot, and once that is there the card.
  void prefetch_slot(const CardRef& card) const noexcept;
  void prefetch_card(const CardRef& card) const noexcept;

  /// Calls `visit(CardBlob)` for each card, in no order. The visitor may change cards, not add any.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t at = 0; at < slots_.size(); ++at) {
      if (slots_[at].block != 0) visit(CardBlob{arena_.data(slots_[at].block)});
    }
  }

  /// Makes room for that many cards.
  void reserve(std::size_t cards);
  [[nodiscard]] std::size_t unsaved() const noexcept { return unsaved_.size(); }

  /// Whether to remember which cards were committed, for take_unsaved().
  void track_unsaved(bool track) { track_ = track; }
  /// Calls `visit(CardBlob)` for the cards committed since the last call.
  template <class Visit>
  void take_unsaved(Visit&& visit) {
    for (const auto& card : unsaved_) {
      auto* data = arena_.data(slots_[locate(card)].block);
      CardHeader header = CardBlob{data}.header();
      header.unsaved = 0;
      std::memcpy(data, &header, sizeof header);
      visit(CardBlob{data});
    }
    unsaved_.clear();
  }

 private:
  using Block = BlobArena::Block;

  struct Slot {
    std::uint32_t tag = 0;  ///< The first bytes of the reference, which say where it belongs.
    Block block = 0;        ///< 0: free.
  };
  struct Undo {
    CardRef card;
    Block block = 0;  ///< The committed block; 0: the card is new.
  };

  [[nodiscard]] static std::uint32_t tag_of(const CardRef& card) noexcept;
  [[nodiscard]] std::size_t home_of(std::uint32_t tag) const noexcept;
  [[nodiscard]] std::size_t after(std::size_t at) const noexcept;
  /// Slots from one to the other, going up.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept;
  [[nodiscard]] std::size_t locate(const CardRef& card) const noexcept;
  [[nodiscard]] char* make_room(const CardHeader& header, std::size_t keep, std::size_t bytes);
  void write(char* data, CardHeader header, std::size_t bytes);
  void release(Block block);
  void note_unsaved(const CardRef& card);
  void erase(std::size_t at);
  void grow(std::size_t slots);

  BlobArena arena_;
  HugeVector<Slot> slots_;
  std::vector<Undo> undo_;
  std::vector<CardRef> unsaved_;
  std::size_t size_ = 0;
  std::uint32_t batch_ = 1;
  bool track_ = false;
};

}  // namespace cw::matcher
