#include "matcher/engine/outcome_plan.hpp"
#include "matcher/engine/partition_state.hpp"

#include <algorithm>

namespace cw::matcher {

Status PartitionState::report(const ReportView& report, std::size_t source, MatchOutput& output) {
  return fold(report, source, &output);
}

void PartitionState::restore(const ReportView& report) {
  // What was refused once is refused again in the same way, and was told then.
  static_cast<void>(fold(report, 0, nullptr));
}

Status PartitionState::fold(const ReportView& report, std::size_t source, MatchOutput* output) {
  auto header = header_of(cards_.find(report.home()), report.home(), report.iin);
  const auto item = writer_.write(report, header.iin);
  const auto found = look_up(header);
  if (found == Found::kRepeat) return Ok{};
  if (found == Found::kSameReport || header.reports >= CardInputs::kReportsMax ||
      header.bytes + item.size() > CardTable::kCardBytesMax) {
    return fold_generally(to_report(report), header, source, output);
  }
  if (output == nullptr) {
    header.maybe_attributable = 1;
    header.fraud_from = CardHeader::kNever;
  } else if (is_active(report.action) && !report.is_away()) {
    if (header.released != 0 || !is_usual(report)) {
      return fold_generally(to_report(report), header, source, output);
    }
    find_outcomes(report);
    const bool raises = !reported_.empty() && !header.reported_since(report.received_at);
    if (raises && header.maybe_attributable != 0) {
      return fold_generally(to_report(report), header, source, output);
    }
    if (auto status = put_facts(report, *output); !status) return status;
    if (raises) {
      if (auto status = put_fraud(header, *output); !status) return status;
    }
  }
  ++header.reports;
  cards_.append(header, item);
  return Ok{};
}

// Lists the card's exposures on the way.
PartitionState::Found PartitionState::look_up(const CardHeader& header) {
  exposures_.clear();
  if (header.bytes == 0) return Found::kNothing;
  const auto added = writer_.body();
  const auto key = report_key(added);
  auto found = Found::kNothing;
  ItemCursor cursor{cards_.find(header.card)->items()};
  for (Item held; cursor.next(held);) {
    if (held.kind == ItemKind::kExposure) {
      exposures_.push_back(read_exposure(held.body, header.iin));
    } else if (held.kind == ItemKind::kReport && held.body.starts_with(key)) {
      // Equal but for the receipt: it says nothing new, unless it was received earlier.
      if (is_repeat(held.body, added)) return Found::kRepeat;
      found = Found::kSameReport;
    }
  }
  sort_exposures();
  return found;
}

// Whether the report's one instant is its receipt: nothing about the card changes afterwards.
bool PartitionState::is_usual(const ReportView& report) const {
  const auto t = report.received_at;
  return std::all_of(exposures_.begin(), exposures_.end(), [&](const StoredExposure& exposure) {
    if (exposure.received_at > t) return false;
    const auto* plan = plan_->incident(exposure.incident);
    return plan == nullptr || plan->epochs.empty() || plan->epochs.back().from <= t;
  });
}

// R11 to R16 for an active report at its receipt, under every incident where it stands.
void PartitionState::find_outcomes(const ReportView& report) {
  standings_.clear();
  reported_.clear();
  const std::span<const StoredExposure> all{exposures_};
  for (std::size_t first = 0, end = 0; first < all.size(); first = end) {
    const auto incident = all[first].incident;
    end = first + 1;
    while (end < all.size() && all[end].incident == incident) ++end;
    const auto* plan = plan_->incident(incident);
    if (plan == nullptr || plan->epochs.empty()) continue;
    const auto& epoch = plan->epochs.back();
    const auto outcome = outcome_of(report, all.subspan(first, end - first), epoch);
    if (outcome) add_standing(report, incident, *outcome, epoch.scope_revision);
  }
  const bool exposed = !standings_.empty();
  if (report.incident.empty()) {
    if (!exposed) add_standing(report, 0, Outcome::kNotExposed, 0);
    return;
  }
  const auto named = symbols_.intern(report.incident);
  const bool stands = std::any_of(standings_.begin(), standings_.end(), [&](const auto& standing) {
    return standing.incident == named;
  });
  if (stands) return;
  const auto* scope =
      plan_->control().scope(IncidentId{std::string{report.incident}}, report.received_at);
  add_standing(report, named, Outcome::kNotExposed, scope != nullptr ? scope->revision : 0);
}

void PartitionState::add_standing(const ReportView& report,
                                  Symbol incident,
                                  Outcome outcome,
                                  std::uint32_t scope) {
  const bool attributable = is_attributable(report.fraud_type, outcome);
  standings_.push_back({incident, outcome, scope, attributable});
  if (attributable) reported_.push_back({incident, report.received_at});
}

Status PartitionState::put_facts(const ReportView& report, MatchOutput& output) {
  FactView fact;
  fact.issuer = report.issuer;
  fact.report = report.report;
  fact.known_from = report.received_at;
  fact.revision = report.revision;
  fact.card = report.home();
  fact.card_issuer = plan_->issuer_of(report.iin).get();
  fact.member = report.member;
  fact.reported_at = report.reported_at;
  fact.received_at = report.received_at;
  fact.disposition = report.disposition;
  fact.fraud_type = report.fraud_type;
  fact.approved = report.approved;
  fact.imported = report.imported;
  for (const auto& standing : standings_) {
    fact.incident = symbols_.text(standing.incident);
    fact.outcome = standing.outcome;
    fact.attributable = standing.attributable;
    fact.scope_revision = standing.scope_revision;
    if (auto status = output.changed(fact); !status) return status;
  }
  return Ok{};
}

// No fact of the card was attributable before: its level rises now, wherever an incident watches it
// that the report is attributable under, and the entry with it.
Status PartitionState::put_fraud(CardHeader& header, MatchOutput& output) {
  header.maybe_attributable = 1;
  if (exposures_.front().incident == exposures_.back().incident) {
    header.fraud_from = CardHeader::second_from(reported_.front().from);
  }
  const auto* entry = watch_.derive(exposures_, reported_, *plan_);
  if (entry == nullptr || entry->level != WatchLevel::kFraudReported) return Ok{};
  change_.op = FeedOp::kUpdt;
  watch_.fill(*entry, header.card, change_.entry);
  return output.watch(change_);
}

}  // namespace cw::matcher
