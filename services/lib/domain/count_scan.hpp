#pragma once

#include "lib/domain/counts.hpp"
#include "lib/domain/fact_rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What count() and count_series() have in common; for lib/domain alone.
namespace cw {

/// R18, the known-at apart: the days, and which filter bits count.
[[nodiscard]] FactWindow window_of(const CountQuery& query);

/// Some rows of a chunk, in order.
using ChunkRows = std::span<const std::uint16_t>;

/// R19: numbers of the elements that rows count as, dense from 0.
class ElementIds {
 public:
  ElementIds(CountUnit unit, const FactNames& names);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// use(of), where of(row) gives the number of a row of the chunk.
  template <class Use>
  auto with(const FactRows::Chunk& chunk, Use use) const {
    switch (unit_) {
      case CountUnit::kReports:
        return use([&chunk](std::size_t row) { return std::size_t{chunk.report[row]}; });
      case CountUnit::kCards:
        return use([&chunk](std::size_t row) { return std::size_t{chunk.card[row]}; });
      case CountUnit::kMembers:
        break;
    }
    return use([&chunk, cards = cards_](std::size_t row) {
      const auto member = chunk.member[row];
      return member == TextIds::kNone ? std::size_t{chunk.card[row]} : cards + member;
    });
  }

 private:
  CountUnit unit_;
  std::size_t cards_;
  std::size_t size_;
};

/// The elements that came already.
class ElementSet {
 public:
  explicit ElementSet(const ElementIds& elements)
      : elements_(elements), words_((elements.size() + 63) / 64) {}

  /// Takes the rows out whose element came before; gives those that are left.
  [[nodiscard]] std::span<std::uint16_t> keep_new(const FactRows::Chunk& chunk,
                                                  std::span<std::uint16_t> rows);

 private:
  ElementIds elements_;
  std::vector<std::uint64_t> words_;
};

/// Numbers of the groups of a breakdown, which rise as their keys do. Rows must be asked for in
/// their order.
class CountGroups {
 public:
  CountGroups(const CountQuery& query, const FactTable& table);

  /// How many there may be; all numbers are smaller.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The group of each of `rows`; valid until the next call.
  [[nodiscard]] std::span<const std::uint64_t> of(const FactRows::Chunk& chunk, ChunkRows rows);
  /// What the numbers stand for, by key.
  [[nodiscard]] const std::vector<CountValues>& values() const noexcept { return values_; }

 private:
  using Numbers = std::array<std::uint64_t, FactRows::kChunkRows>;

  static void set_steps(CountKey key,
                        const FactNames& names,
                        CountValues& values,
                        std::vector<std::uint64_t>& steps);
  void set_days(const CountQuery& query, const FactTable& table, CountValues& values);
  void add_day(const FactRows::Chunk& chunk, ChunkRows rows, std::uint64_t stride);

  std::vector<CountKey> keys_;
  std::vector<CountValues> values_;
  /// By key, then by the code of a value: what it adds to a group's number. Nothing for the day.
  std::vector<std::vector<std::uint64_t>> steps_;
  std::vector<Instant> day_ends_;
  std::uint32_t day_ = 0;
  std::uint64_t size_ = 1;
  Numbers numbers_{};
};

}  // namespace cw
