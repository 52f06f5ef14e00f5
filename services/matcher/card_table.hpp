#pragma once

#include "lib/domain/derive.hpp"

#include <cstddef>
#include <unordered_map>

namespace cw::matcher {

/// The cards of one partition with an overlay for the batch in hand: what is edited is copied
/// first, so that the committed inputs stay as they are until commit().
/// THREAD: not safe; belongs to its lane.
class CardTable {
 public:
  using Cards = std::unordered_map<CardRef, CardInputs>;

  /// The committed inputs of a card, without copying, for restoring. No batch may be in hand.
  [[nodiscard]] CardInputs& base(const CardRef& card) { return base_[card]; }
  /// The inputs of a card as they are with the batch in hand.
  [[nodiscard]] CardInputs& edit(const CardRef& card);

  /// Committed inputs of a card; empty ones if it is new.
  [[nodiscard]] const CardInputs& before(const CardRef& card) const;
  [[nodiscard]] const Cards& committed_cards() const noexcept { return base_; }
  [[nodiscard]] const Cards& edited_cards() const noexcept { return overlay_; }

  void commit();
  void rollback() { overlay_.clear(); }
  [[nodiscard]] std::size_t size() const noexcept { return base_.size(); }

 private:
  Cards base_;
  Cards overlay_;
};

}  // namespace cw::matcher
