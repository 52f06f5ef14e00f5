#include "matcher/state/symbol_table.hpp"

#include <functional>
#include <limits>

namespace cw::matcher {
namespace {

constexpr Symbol kFree = std::numeric_limits<Symbol>::max();
constexpr std::size_t kSlotsMin = 256;

}  // namespace

SymbolTable::SymbolTable() : slots_(kSlotsMin, kFree) {
  static_cast<void>(intern({}));
}

Symbol SymbolTable::intern(std::string_view text) {
  const auto hash = std::hash<std::string_view>{}(text);
  const auto at = place(text, hash);
  if (slots_[at] != kFree) return slots_[at];
  const auto symbol = static_cast<Symbol>(texts_.size());
  slots_[at] = symbol;
  texts_.emplace_back(text);
  hashes_.push_back(hash);
  if (texts_.size() * 2 > slots_.size()) grow();
  return symbol;
}

// The slot that holds `text`, or the free one where it belongs.
std::size_t SymbolTable::place(std::string_view text, std::size_t hash) const {
  auto at = hash & (slots_.size() - 1);
  while (slots_[at] != kFree && (hashes_[slots_[at]] != hash || texts_[slots_[at]] != text)) {
    at = (at + 1) & (slots_.size() - 1);
  }
  return at;
}

void SymbolTable::grow() {
  slots_.assign(slots_.size() * 2, kFree);
  for (Symbol symbol = 0; symbol < texts_.size(); ++symbol) {
    auto at = hashes_[symbol] & (slots_.size() - 1);
    while (slots_[at] != kFree) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = symbol;
  }
}

}  // namespace cw::matcher
