#pragma once

#include "lib/domain/counts.hpp"
#include "lib/domain/fact_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What count() and count_series() have in common; for lib/domain alone.
namespace cw {

/// R18, the known-at apart: the days, and which filter bits count.
[[nodiscard]] FactWindow window_of(const CountQuery& query);

/// R19: numbers of the elements that rows count as, dense from 0.
class ElementIds {
 public:
  ElementIds(CountUnit unit, const FactNames& names);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t of(const FactRows::Chunk& chunk, std::size_t row) const {
    if (unit_ == CountUnit::kReports) return chunk.report[row];
    const auto member = chunk.member[row];
    if (unit_ == CountUnit::kCards || member == TextIds::kNone) return chunk.card[row];
    return cards_ + member;
  }

 private:
  CountUnit unit_;
  std::size_t cards_;
  std::size_t size_;
};

/// A set of element numbers.
class ElementSet {
 public:
  explicit ElementSet(std::size_t size) : words_((size + 63) / 64) {}

  /// True if it was not there.
  bool add(std::size_t element) {
    auto& word = words_[element / 64];
    const auto bit = std::uint64_t{1} << (element % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// Numbers of the groups of a breakdown, which rise as their keys do. Rows must be asked for in
/// their order.
class CountGroups {
 public:
  CountGroups(const CountQuery& query, const FactTable& table);

  /// How many there may be; all numbers are smaller.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t of(const FactRows::Chunk& chunk, std::size_t row);
  [[nodiscard]] std::vector<std::string> key(std::uint64_t group) const;

 private:
  /// The values of one key, sorted by their text.
  struct Dimension {
    CountKey key = CountKey::kOutcome;
    std::vector<std::string> labels;
    std::vector<std::uint32_t> rank;  ///< By code of the value.
    std::uint64_t stride = 1;
  };

  [[nodiscard]] Dimension dimension(CountKey key, const CountQuery& query, const FactTable& table);
  void set_days(Dimension& days, const CountQuery& query, const FactTable& table);
  [[nodiscard]] std::uint32_t day_of(Instant reported_at);
  [[nodiscard]] std::uint32_t code(CountKey key, const FactRows::Chunk& chunk, std::size_t row);

  std::vector<Dimension> dimensions_;
  std::vector<Instant> day_ends_;
  std::uint32_t day_ = 0;
  std::uint64_t size_ = 1;
};

}  // namespace cw
