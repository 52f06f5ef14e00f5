#include "matcher/state/symbol_table.hpp"

#include <functional>

namespace cw::matcher {
namespace {

constexpr std::size_t kSlotsMin = 256;

std::uint32_t hash_of(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
}

}  // namespace

SymbolTable::SymbolTable() : texts_(1), slots_(kSlotsMin) {}

Symbol SymbolTable::intern(std::string_view text) {
  if (text.empty()) return 0;
  const auto hash = hash_of(text);
  const auto mask = slots_.size() - 1;
  auto at = hash & mask;
  for (; slots_[at].symbol != 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && texts_[slots_[at].symbol] == text) return slots_[at].symbol;
  }
  const auto symbol = static_cast<Symbol>(texts_.size());
  slots_[at] = {hash, symbol};
  texts_.push_back(storage_.emplace_back(text));
  if (texts_.size() * 2 > slots_.size()) grow();
  return symbol;
}

void SymbolTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const auto mask = slots_.size() - 1;
  for (const auto& slot : old) {
    if (slot.symbol == 0) continue;
    auto at = slot.hash & mask;
    while (slots_[at].symbol != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace cw::matcher
