#pragma once

#include "lib/domain/counts.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

/// Counting read straight from rules.md R18 to R20 over maps of whole facts: slow, and the measure
/// of what the fact book and count() must give.
namespace cw::test {

class NaiveFacts {
 public:
  void put(const Fact& fact);
  void retract(const Fact& fact);
  [[nodiscard]] std::size_t size() const;

  /// The facts that stand at `known_at`, one for each report and card.
  [[nodiscard]] std::vector<const Fact*> standing(const IncidentId& incident,
                                                  std::optional<Instant> known_at) const;
  [[nodiscard]] std::vector<Fact> all() const;

 private:
  using Key = std::tuple<IncidentId, IssuerId, ReportId, CardRef>;
  std::map<Key, std::map<Instant, Fact>> histories_;
};

struct NaiveFigure {
  std::uint64_t figure = 0;
  std::vector<CountRow> rows;
  std::vector<std::string> set;
};

[[nodiscard]] NaiveFigure naive_figure(const NaiveFacts& facts, const CountQuery& query);

}  // namespace cw::test
