#pragma once

#include "lib/domain/predicate.hpp"
#include "matcher/state/card_items.hpp"
#include "matcher/state/symbol_table.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cw::matcher {

/// A scope predicate over stored exposures: each comparison remembers its answer for each symbol,
/// so that a text is compared once however many cards have it. Same result as Predicate::selects.
/// THREAD: not safe, selects() remembers; belongs to its lane.
class CompiledPredicate {
 public:
  /// `symbols` must outlive it.
  CompiledPredicate(const Predicate& predicate, const SymbolTable& symbols);

  [[nodiscard]] bool selects(const StoredExposure& exposure);

 private:
  enum class Kind : std::uint8_t { kAll, kAny, kNot, kMissing, kComparison };
  enum class Answer : std::uint8_t { kUnknown, kOtherAttribute, kHolds, kFails };

  struct Node {
    Kind kind = Kind::kAll;
    std::uint32_t parts_end = 0;  ///< Children stand right behind their parent, up to here.
    Predicate::Node leaf = Predicate::Any{};
    std::string attribute = {};
    std::vector<Answer> answers = {};  ///< Of a leaf, by symbol.
  };

  void add(const Predicate& predicate);
  [[nodiscard]] bool holds(std::uint32_t at, const StoredExposure& exposure);
  [[nodiscard]] bool leaf_holds(Node& node, const StoredExposure& exposure);
  [[nodiscard]] Answer answer(Node& node, Symbol symbol);
  [[nodiscard]] Answer compare(const Node& node, std::string_view value) const;

  const SymbolTable& symbols_;
  std::vector<Node> nodes_;
};

}  // namespace cw::matcher
