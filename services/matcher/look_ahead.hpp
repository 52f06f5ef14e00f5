#pragma once

#include "lib/domain/card.hpp"
#include "matcher/engine/partition_state.hpp"
#include "matcher/input_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// Walks ahead of the record that is being matched and asks memory for what the next ones need, in
/// three steps: the record's text, the card's place in the table, the card. Without it the lane
/// mostly waits for memory. THREAD: not safe.
class LookAhead {
 public:
  /// Begins a batch of so many records.
  void begin(std::size_t records) {
    cards_.assign(records, std::nullopt);
    text_ = 0;
    slot_ = 0;
  }

  /// Call it for each record of the batch in order, before the record. `source` has
  /// key(i), value(i): std::string_view, and state(i): PartitionState&.
  template <class Source>
  void reach(std::size_t at, const Source& source) {
    for (const auto end = end_of(at, kTextAhead); text_ < end; ++text_) fetch(source.value(text_));
    for (const auto end = end_of(at, kSlotsAhead); slot_ < end; ++slot_) {
      cards_[slot_] = InputReader::card(source.key(slot_));
      if (cards_[slot_]) source.state(slot_).prefetch_slot(*cards_[slot_]);
    }
    const auto card = at + kCardsAhead;
    if (card < cards_.size() && cards_[card]) source.state(card).prefetch_card(*cards_[card]);
  }

  /// The card that the key of a record names, once reach() has come there.
  [[nodiscard]] const std::optional<CardRef>& card(std::size_t at) const { return cards_[at]; }

 private:
  static constexpr std::size_t kTextAhead = 32;
  static constexpr std::size_t kSlotsAhead = 24;
  static constexpr std::size_t kCardsAhead = 12;
  static constexpr std::size_t kLineBytes = 64;

  [[nodiscard]] std::size_t end_of(std::size_t at, std::size_t ahead) const {
    return std::min(at + ahead + 1, cards_.size());
  }

  static void fetch(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += kLineBytes) {
      __builtin_prefetch(text.data() + at);
    }
  }

  std::vector<std::optional<CardRef>> cards_;
  std::size_t text_ = 0;
  std::size_t slot_ = 0;
};

}  // namespace cw::matcher
