#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// A text that many cards share (an issuer, a file, an attribute with its value), as a number.
using Symbol = std::uint32_t;

/// The shared texts of one partition. Symbols count from 0 in the order in which the texts came,
/// and are never given back: the texts are few beside the cards. Number 0 is the empty text.
/// THREAD: not safe; belongs to its lane.
class SymbolTable {
 public:
  SymbolTable();
  SymbolTable(const SymbolTable&) = delete;
  SymbolTable& operator=(const SymbolTable&) = delete;
  SymbolTable(SymbolTable&&) = default;
  SymbolTable& operator=(SymbolTable&&) = default;

  /// The symbol of `text`, which is added if it is new.
  [[nodiscard]] Symbol intern(std::string_view text);
  /// Valid as long as the table.
  [[nodiscard]] std::string_view text(Symbol symbol) const { return texts_[symbol]; }
  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    Symbol symbol = 0;  ///< 0: free. The empty text needs no slot.
  };

  void grow();

  std::deque<std::string> storage_;
  std::vector<std::string_view> texts_;  ///< By symbol.
  std::vector<Slot> slots_;              ///< Open addressing, linear; a power of two.
};

}  // namespace cw::matcher
