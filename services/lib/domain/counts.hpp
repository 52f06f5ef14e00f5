#pragma once

#include "lib/domain/count_query.hpp"
#include "lib/domain/fact_book.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw {

/// The values of one key of a breakdown, sorted; a group's number has its value's place times
/// `stride` in it.
struct CountValues {
  std::vector<std::string> texts;
  std::uint64_t stride = 1;
};

/// The texts of a group; the first of `keys` has the greatest stride.
inline void texts_of(const std::vector<CountValues>& keys,
                     std::uint64_t group,
                     std::vector<std::string_view>& texts) {
  texts.clear();
  for (const auto& key : keys) {
    const auto place = group / key.stride;
    group -= place * key.stride;
    texts.push_back(key.texts[place]);
  }
}

/// The rows of a breakdown, sorted by key. Each text is held once: days, issuers and outcomes make
/// a hundred thousand rows, and texts for each would take longer than counting.
class CountRows {
 public:
  struct Cell {
    std::uint64_t group = 0;
    std::uint64_t count = 0;
  };

  CountRows() = default;
  CountRows(std::vector<CountValues> keys, std::vector<Cell> cells)
      : keys_(std::move(keys)), cells_(std::move(cells)) {}

  [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }
  [[nodiscard]] bool empty() const noexcept { return cells_.empty(); }
  /// Calls visit(const std::vector<std::string_view>& key, std::uint64_t count) with each.
  template <class Visit>
  void each(Visit visit) const {
    std::vector<std::string_view> key;
    for (const auto& cell : cells_) {
      texts_of(keys_, cell.group, key);
      visit(std::as_const(key), cell.count);
    }
  }
  /// With texts of their own.
  [[nodiscard]] std::vector<CountRow> list() const;

 private:
  std::vector<CountValues> keys_;
  std::vector<Cell> cells_;
};

struct CountResult {
  std::uint64_t figure = 0;
  CountRows rows;  ///< They sum to `figure`. None without breakdown.
};

/// Counts over the facts that stand at `query.known_at`. Exact. Pure. One pass over the rows
/// reported in the window, without a text being looked at.
[[nodiscard]] CountResult count(const FactBook& facts, const CountQuery& query);

/// The distinct set that count() counts, one canonical line each, sorted bytewise: what R21's
/// digest is over. A line is "report <issuer> <report id>", "card <card_ref>" or "member <issuer>
/// <member reference>", control characters and % of the reference as %xx. Makes a text for each
/// element, so it is for a figure that is to be proved, not for each count.
[[nodiscard]] std::vector<std::string> counted_set(const FactBook& facts, const CountQuery& query);

}  // namespace cw
