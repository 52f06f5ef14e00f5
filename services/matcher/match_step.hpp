#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/derive.hpp"
#include "matcher/card_table.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>

namespace cw::matcher {

/// One decoded input record of a partition.
struct MatchInput {
  std::variant<ExposureRecord, ReportRevision, ControlRecord> record;
  std::size_t source = 0;  ///< The caller's own number of the record, for refused().
};

/// Where a step puts what follows from a batch. An error ends the batch: it will be rolled back.
class MatchOutput {
 public:
  virtual ~MatchOutput() = default;
  [[nodiscard]] virtual Status changed(const Fact& fact) = 0;
  [[nodiscard]] virtual Status retracted(const Fact& fact) = 0;
  [[nodiscard]] virtual Status watch(const WatchChange& change) = 0;
  /// The record cannot be used (kConflict by rules.md R8, kLimitReached); the others can.
  [[nodiscard]] virtual Status refused(std::size_t source, const Error& why) = 0;
};

/// The matching of one partition: its control, its cards, and what changes with a batch.
///
/// apply() works on an overlay; commit() makes it the state, rollback() forgets it. For each card
/// it derives the result before and after the batch and writes the difference once, so that
/// readers of all outputs hold what derive() gives for the set of all inputs, whatever the
/// order, the repeats and the batches (rules.md R25). No result is kept: the state is the inputs.
/// THREAD: not safe; belongs to its lane.
class MatchStep {
 public:
  /// Folds a record that was committed before, without outputs. No batch may be in hand.
  void restore(const MatchInput& input);
  [[nodiscard]] Status apply(std::span<const MatchInput> batch, MatchOutput& output);
  void commit();
  void rollback();

  [[nodiscard]] std::size_t cards() const noexcept { return cards_.size(); }
  /// Committed cards in exposed files whose number lies in no issuer's range; while restoring,
  /// as of the last recount().
  [[nodiscard]] std::size_t unassigned() const noexcept { return unassigned_; }
  /// Counts the unassigned cards anew, in time linear in the cards: after restoring.
  void recount();

 private:
  /// What a batch of control records may change: everything, or cards of these incidents.
  struct Reach {
    bool all = false;
    std::set<IncidentId> incidents;

    [[nodiscard]] bool none() const noexcept { return !all && incidents.empty(); }
    [[nodiscard]] bool covers(const CardInputs& inputs) const;
  };

  [[nodiscard]] Status fold(const MatchInput& input, MatchOutput& output);
  void fold_control(const ControlRecord& record);
  [[nodiscard]] Status emit(const CardInputs& before, const CardInputs& after, MatchOutput& output);
  [[nodiscard]] const Control& control_after() const { return overlay_ ? *overlay_ : control_; }
  [[nodiscard]] bool is_unassigned(const CardInputs& inputs) const;

  Control control_;
  std::optional<Control> overlay_;  ///< Control with the batch in hand, if it changes any.
  Reach reach_;                     ///< Of the batch in hand.
  CardTable cards_;
  std::size_t unassigned_ = 0;
};

}  // namespace cw::matcher
