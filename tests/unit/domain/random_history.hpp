#pragma once

#include "naive_rules.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace cw::test {

/// Makes small histories in which everything collides: few instants, few cards, few ids, so that
/// ties, repeats and late arrivals are the rule.
class HistoryGenerator {
 public:
  explicit HistoryGenerator(std::uint64_t seed) : random_(seed) {}

  /// `cards` cards, each with a few records, reports and answers, over one draw of control.
  [[nodiscard]] History make(std::uint8_t cards);
  /// The same with further reports whose revisions name one card or another, and the copies that
  /// those need.
  [[nodiscard]] History make_with_moves(std::uint8_t cards);

  /// A number in [0, end).
  [[nodiscard]] std::uint32_t below(std::uint32_t end);
  [[nodiscard]] bool chance(std::uint32_t percent) { return below(100) < percent; }
  [[nodiscard]] Instant instant();
  [[nodiscard]] std::mt19937_64& engine() { return random_; }

 private:
  [[nodiscard]] Incident incident(std::uint32_t id, std::uint32_t version);
  [[nodiscard]] ScopeRevision scope(std::uint32_t incident, std::uint32_t revision);
  [[nodiscard]] ExposureRecord record(std::uint8_t card, std::uint64_t number);
  [[nodiscard]] ReportRevision report(std::uint8_t card, std::uint32_t id, std::uint32_t revision);
  [[nodiscard]] IssuerAnswer answer(std::uint8_t card);
  [[nodiscard]] Predicate predicate();
  void add_control(History& history);

  std::mt19937_64 random_;
};

/// Adds for each revision and each other card of its report a copy that lies with that card.
void add_copies(History& history);

/// A control record of every kind in the history, in one list.
[[nodiscard]] std::vector<ControlRecord> control_of(const History& history);
/// What of the history is known at T: received_at or effective_at <= T.
[[nodiscard]] History known_at(const History& history, Instant at);

}  // namespace cw::test
