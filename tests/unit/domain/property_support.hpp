#pragma once

#include "lib/domain/counts.hpp"
#include "lib/domain/derive.hpp"
#include "naive_rules.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

/// What property tests share: seeds, the pure function of a history, and readers of its results.
namespace cw::test {

/// Seed of the run: CW_SEED repeats one that failed, otherwise a fixed one, so that the suite says
/// the same on every machine.
[[nodiscard]] std::uint64_t base_seed();

/// `histories`, or as many as CW_HISTORIES says, for long runs.
[[nodiscard]] std::uint64_t history_count(std::uint64_t histories);

/// Calls `check` with a generator for each of `histories` seeds; stops at the first failure.
template <class Check>
void for_seeds(std::uint64_t histories, Check check) {
  const auto first = base_seed();
  const auto count = history_count(histories);
  std::cout << "seeds " << first << " to " << first + count - 1 << '\n';
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("CW_SEED=" + std::to_string(seed));
    HistoryGenerator random{seed};
    check(random);
    if (::testing::Test::HasFailure()) return;
  }
}

/// The inputs that belong to the card.
[[nodiscard]] CardInputs inputs_of(const History& history, const CardRef& card);
[[nodiscard]] CardResult derive_card(const History& history, std::uint8_t number);
[[nodiscard]] FactBook book_of(const History& history, std::uint8_t cards);

/// (incident, issuer, report id) -> what must agree, as text.
using StandingLines = std::map<std::tuple<std::string, std::string, std::string>, std::string>;
/// The active facts that stand at `at`.
[[nodiscard]] StandingLines standing_at(const CardResult& result, Instant at);
[[nodiscard]] StandingLines lines_of(const NaiveState& state);

/// The history's items in any order, each once or more.
struct Arrival {
  Arrival(const History& history, HistoryGenerator& random);

  std::vector<std::variant<ExposureRecord, ReportRevision, IssuerAnswer, ControlRecord>> items;
};

/// What a reader of the emissions of one card holds.
class EmissionReader {
 public:
  void take(const CardDifference& change);
  [[nodiscard]] CardResult result() const;

 private:
  std::map<FactId, Fact> facts_;
  std::map<IssuerId, WatchEntry> entries_;
};

}  // namespace cw::test
