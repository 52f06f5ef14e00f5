#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/derive.hpp"
#include "lib/domain/record_views.hpp"
#include "matcher/engine/card_watch.hpp"
#include "matcher/engine/control_plan.hpp"
#include "matcher/engine/match_output.hpp"
#include "matcher/state/card_items.hpp"
#include "matcher/state/card_table.hpp"
#include "matcher/state/state_image.hpp"
#include "matcher/state/symbol_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace cw::matcher {

/// Layout of cards and control in a mirror. Another number: the mirror is of no use.
inline constexpr std::uint32_t kStateFormat = 3;
/// Rises when derive() gives other results for the same inputs, rules or decisions having changed:
/// what was emitted under older rules may then need `cardwatch verify --repair`.
inline constexpr std::uint32_t kRulesVersion = 2;

/// The matching of one partition: its control, its cards, and what changes with each input.
///
/// After each input, readers of all outputs hold what derive() gives for the set of all inputs,
/// whatever the order, the repeats and the batches (rules.md R25). What is kept are the inputs,
/// compactly; no result is. The usual inputs (a first report of a card, a record of a card
/// without reports; no issuer released the card) take a quick path over the bytes; all others are
/// decoded and derived before and after, so that the pure function stays the only place where the
/// unusual is decided.
///
/// Changes belong to the batch in hand until commit(); rollback() brings back what was.
/// THREAD: not safe; belongs to its lane.
class PartitionState : public StateImage, public StateLoader {
 public:
  PartitionState();
  PartitionState(const PartitionState&) = delete;
  PartitionState& operator=(const PartitionState&) = delete;
  ~PartitionState() override;

  /// Fold an input and write what follows. An output error is returned; the batch is then to be
  /// rolled back.
  [[nodiscard]] Status report(const ReportView& report, std::size_t source, MatchOutput& output);
  [[nodiscard]] Status exposure(const ExposureView& exposure,
                                std::size_t source,
                                MatchOutput& output);
  [[nodiscard]] Status answer(const IssuerAnswer& answer, std::size_t source, MatchOutput& output);
  [[nodiscard]] Status control(std::span<const ControlRecord> records, MatchOutput& output);

  /// Fold an input that was committed before, without outputs. commit() once in a while.
  void restore(const ReportView& report);
  void restore(const ExposureView& exposure);
  void restore(const IssuerAnswer& answer);
  void restore(const ControlRecord& record);

  void commit();
  void rollback();

  /// Ask the processor for the card that an input to come is about, in two steps.
  void prefetch_slot(const CardRef& card) const noexcept { cards_.prefetch_slot(card); }
  void prefetch_card(const CardRef& card) const noexcept { cards_.prefetch_card(card); }

  [[nodiscard]] std::size_t cards() const noexcept { return cards_.size(); }
  /// Committed cards in exposed files whose number lies in no issuer's range.
  [[nodiscard]] std::size_t unassigned() const noexcept { return unassigned_; }

  /// SHA-256 sums, modulo 2^256, over all inputs and control: equal for equal sets of inputs,
  /// whatever their order, their batches, and whether they came from a mirror. Of the committed
  /// state; takes some microseconds an input.
  [[nodiscard]] std::string hash() const;

  // StateImage
  void changes(StateSink& sink) override;
  void everything(StateSink& sink) override;
  [[nodiscard]] std::size_t changed_cards() const override { return cards_.unsaved(); }
  /// Whether changes() will be asked for; without it nothing is remembered for it.
  void track_changes(bool track) { cards_.track_unsaved(track); }

  // StateLoader
  void expect(std::size_t cards) override { cards_.reserve(cards); }
  [[nodiscard]] bool load_symbol(std::uint32_t id, std::string_view text) override;
  [[nodiscard]] bool load_control(std::uint32_t number, std::string_view json) override;
  [[nodiscard]] bool load_card(const CardRef& card, std::string_view blob) override;
  /// After the last card.
  void loaded() { recount(*plan_); }

 private:
  /// What a batch of control records may change: everything, or cards of these incidents.
  struct Reach {
    bool all = false;
    std::set<Symbol> incidents = {};
  };
  enum class Found { kNothing, kSameReport, kRepeat };
  /// How the report in hand stands under an incident.
  struct Standing {
    Symbol incident = 0;
    Outcome outcome = Outcome::kNotExposed;
    std::uint32_t scope_revision = 0;
    bool attributable = false;
  };

  /// The header of the card that an input is about; `iin` is the input's.
  [[nodiscard]] static CardHeader header_of(const std::optional<CardBlob>& held,
                                            const CardRef& card,
                                            Iin iin) {
    auto header = held ? held->header() : CardHeader{.card = card};
    // A card of which there were only answers: they do not say its number.
    if (header.exposures == 0 && header.reports == 0) header.iin = iin;
    return header;
  }

  // partition_reports.cpp
  [[nodiscard]] Status fold(const ReportView& report, std::size_t source, MatchOutput* output);
  [[nodiscard]] Found look_up(const CardHeader& header);
  [[nodiscard]] bool is_usual(const ReportView& report) const;
  void find_outcomes(const ReportView& report);
  void add_standing(const ReportView& report,
                    Symbol incident,
                    Outcome outcome,
                    std::uint32_t scope);
  [[nodiscard]] Status put_facts(const ReportView& report, MatchOutput& output);
  [[nodiscard]] Status put_fraud(CardHeader& header, MatchOutput& output);

  // partition_exposures.cpp
  [[nodiscard]] Status fold(const ExposureView& exposure, std::size_t source, MatchOutput* output);
  [[nodiscard]] static bool holds(std::string_view items, std::string_view exposure);
  void list_exposures(std::string_view items, Iin iin);
  void sort_exposures();
  [[nodiscard]] Status put_change(const EntryPlan* before,
                                  const EntryPlan* after,
                                  const CardRef& card,
                                  MatchOutput& output);

  // partition_answers.cpp
  [[nodiscard]] Status fold(const IssuerAnswer& answer, std::size_t source, MatchOutput* output);

  // partition_general.cpp
  /// `hashed`: the key of a report whose revisions are to have their content hash.
  [[nodiscard]] CardInputs inputs_of(CardBlob card, std::string_view hashed) const;
  template <class Record>
  [[nodiscard]] Status fold_generally(Record record,
                                      CardHeader header,
                                      std::size_t source,
                                      MatchOutput* output);
  [[nodiscard]] Status put_difference(const CardResult& before,
                                      const CardResult& after,
                                      MatchOutput& output);
  /// The hints in `header` are taken as they are.
  void rewrite(CardHeader header, const CardInputs& inputs);
  static void note_hints(CardHeader& header, const CardInputs& inputs, const CardResult* result);

  // partition_control.cpp
  [[nodiscard]] bool apply(std::span<const ControlRecord> records, Control& next, Reach& reach);
  [[nodiscard]] bool covers(const Reach& reach,
                            CardBlob card,
                            const ControlPlan& before,
                            const ControlPlan& after) const;
  [[nodiscard]] Status move_card(CardBlob card,
                                 const ControlPlan& before,
                                 const ControlPlan& after,
                                 MatchOutput& output);
  void recount(const ControlPlan& plan);
  [[nodiscard]] bool is_unassigned(const CardHeader& header, const ControlPlan& plan) const;

  SymbolTable symbols_;
  CardTable cards_;
  std::unique_ptr<ControlPlan> plan_;            ///< With the batch in hand.
  std::unique_ptr<ControlPlan> committed_plan_;  ///< Null: the batch in hand left control alone.
  std::vector<std::string> control_log_;         ///< What was folded into control, in order.
  std::size_t control_committed_ = 0;
  std::size_t control_saved_ = 0;
  std::size_t symbols_saved_ = 0;
  bool ranges_changed_ = false;
  bool hints_stale_ = false;  ///< Control was restored under the cards.
  std::size_t unassigned_ = 0;
  std::ptrdiff_t unassigned_change_ = 0;

  ItemWriter writer_;
  CardWatch watch_;
  std::vector<StoredExposure> exposures_;  ///< Of the card in hand.
  std::vector<Standing> standings_;        ///< Of the report in hand.
  std::vector<ReportedFrom> reported_;     ///< By the report in hand.
  std::string items_;
  WatchChange change_;
};

}  // namespace cw::matcher
