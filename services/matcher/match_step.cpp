#include "matcher/match_step.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace cw::matcher {
namespace {

/// Adds an exposure or report to a card.
Result<CardInputs::Added> add(CardInputs& inputs, const MatchInput& input) {
  if (const auto* exposure = std::get_if<ExposureRecord>(&input.record)) {
    return inputs.add(*exposure);
  }
  return inputs.add(std::get<ReportRevision>(input.record));
}

const CardRef& card_of(const MatchInput& input) {
  if (const auto* exposure = std::get_if<ExposureRecord>(&input.record)) return exposure->card;
  return std::get<ReportRevision>(input.record).card;
}

std::string identity_of(const MatchInput& input) {
  if (const auto* exposure = std::get_if<ExposureRecord>(&input.record)) {
    return exposure->incident.get() + "/" + exposure->file.get() + "/" +
           std::to_string(exposure->record);
  }
  const auto& report = std::get<ReportRevision>(input.record);
  return report.issuer.get() + "/" + report.report.get() + "/" + std::to_string(report.revision);
}

}  // namespace

bool MatchStep::Reach::covers(const CardInputs& inputs) const {
  if (all) return true;
  const auto reached = [this](const IncidentId& incident) { return incidents.contains(incident); };
  const auto& exposures = inputs.exposures();
  if (std::any_of(exposures.begin(), exposures.end(), [&](const auto& exposure) {
        return reached(exposure.incident);
      })) {
    return true;
  }
  const auto& reports = inputs.reports();
  return std::any_of(reports.begin(), reports.end(), [&](const auto& report) {
    return report.incident && reached(*report.incident);
  });
}

void MatchStep::restore(const MatchInput& input) {
  CW_ASSERT(cards_.edited_cards().empty() && !overlay_);
  if (const auto* control = std::get_if<ControlRecord>(&input.record)) {
    control_.apply(*control);
    return;
  }
  // What was refused once is refused again in the same way, and was told then.
  static_cast<void>(add(cards_.base(card_of(input)), input));
}

Status MatchStep::apply(std::span<const MatchInput> batch, MatchOutput& output) {
  CW_ASSERT(cards_.edited_cards().empty() && !overlay_);
  for (const auto& input : batch) {
    if (auto status = fold(input, output); !status) return status;
  }
  for (const auto& [card, after] : cards_.edited_cards()) {
    if (auto status = emit(cards_.before(card), after, output); !status) return status;
  }
  if (reach_.none()) return Ok{};
  for (const auto& [card, inputs] : cards_.committed_cards()) {
    if (cards_.edited_cards().contains(card) || !reach_.covers(inputs)) continue;
    if (auto status = emit(inputs, inputs, output); !status) return status;
  }
  return Ok{};
}

Status MatchStep::fold(const MatchInput& input, MatchOutput& output) {
  if (const auto* control = std::get_if<ControlRecord>(&input.record)) {
    fold_control(*control);
    return Ok{};
  }
  const auto added = add(cards_.edit(card_of(input)), input);
  if (!added) return output.refused(input.source, added.error());
  if (added.value() != CardInputs::Added::kConflict) return Ok{};
  return output.refused(input.source,
                        Error{Errc::kConflict, identity_of(input) + " came with other content"});
}

void MatchStep::fold_control(const ControlRecord& record) {
  if (!overlay_) overlay_ = control_;
  if (!overlay_->apply(record)) return;
  if (const auto* incident = std::get_if<Incident>(&record)) {
    reach_.incidents.insert(incident->id);
  } else if (const auto* scope = std::get_if<ScopeRevision>(&record)) {
    // A proposal selects nothing yet.
    if (scope->state == ScopeState::kApproved) reach_.incidents.insert(scope->incident);
  } else if (const auto* issuer = std::get_if<Issuer>(&record)) {
    const auto* before = control_.issuer(issuer->id);
    const auto* after = overlay_->issuer(issuer->id);
    CW_ASSERT(after != nullptr);
    // A new address or key of its feed moves no card.
    if (before == nullptr || before->iin_ranges != after->iin_ranges) reach_.all = true;
  }
  // A file load says how the sealed numbers can be opened; no outcome depends on it.
}

Status MatchStep::emit(const CardInputs& before, const CardInputs& after, MatchOutput& output) {
  const auto change = difference(derive(before, control_), derive(after, control_after()));
  for (const auto& fact : change.retracted) {
    if (auto status = output.retracted(fact); !status) return status;
  }
  for (const auto& fact : change.changed) {
    if (auto status = output.changed(fact); !status) return status;
  }
  for (const auto& watch : change.watch) {
    if (auto status = output.watch(watch); !status) return status;
  }
  return Ok{};
}

void MatchStep::commit() {
  const bool ranges_changed = reach_.all;
  if (overlay_) control_ = std::move(*overlay_);
  overlay_.reset();
  reach_ = {};
  for (const auto& [card, after] : cards_.edited_cards()) {
    if (is_unassigned(cards_.before(card))) --unassigned_;
    if (is_unassigned(after)) ++unassigned_;
  }
  cards_.commit();
  if (ranges_changed) recount();
}

void MatchStep::rollback() {
  overlay_.reset();
  reach_ = {};
  cards_.rollback();
}

bool MatchStep::is_unassigned(const CardInputs& inputs) const {
  const auto& exposures = inputs.exposures();
  return !exposures.empty() && control_.issuer_of(exposures.front().iin) == kUnassignedIssuer;
}

void MatchStep::recount() {
  const auto& cards = cards_.committed_cards();
  unassigned_ = static_cast<std::size_t>(std::count_if(
      cards.begin(), cards.end(), [this](const auto& card) { return is_unassigned(card.second); }));
}

}  // namespace cw::matcher
