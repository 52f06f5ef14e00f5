#include "matcher/card_table.hpp"

#include <utility>

namespace cw::matcher {

CardInputs& CardTable::edit(const CardRef& card) {
  const auto edited = overlay_.find(card);
  if (edited != overlay_.end()) return edited->second;
  return overlay_.emplace(card, before(card)).first->second;
}

const CardInputs& CardTable::before(const CardRef& card) const {
  static const CardInputs kNothing;
  const auto found = base_.find(card);
  return found == base_.end() ? kNothing : found->second;
}

void CardTable::commit() {
  for (auto& [card, inputs] : overlay_) base_[card] = std::move(inputs);
  overlay_.clear();
}

}  // namespace cw::matcher
