#pragma once

#include "lib/domain/counts.hpp"

#include <cstdint>
#include <random>

namespace cw::test {

/// Facts of few reports, cards and instants, so that everything collides: ties in every order,
/// several facts of a report, reports that moved, members of several cards.
class FactGenerator {
 public:
  explicit FactGenerator(std::uint32_t seed) : random_(seed) {}

  [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random_);
  }
  /// An instant of 40 days from 2009-07-01 on, often a day's very first or last one in Tokyo.
  [[nodiscard]] Instant instant();
  [[nodiscard]] Fact fact();
  /// Of "leak" in Tokyo or of "other" in New York; days, unit, outcomes, breakdown at random.
  [[nodiscard]] CountQuery query();

 private:
  std::mt19937 random_;
};

}  // namespace cw::test
