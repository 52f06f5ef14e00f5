#include "lib/base/assert.hpp"
#include "lib/codec/control_codec.hpp"
#include "matcher/engine/partition_state.hpp"

#include <algorithm>

namespace cw::matcher {

Status PartitionState::control(std::span<const ControlRecord> records, MatchOutput& output) {
  Control next = plan_->control();
  Reach reach;
  if (!apply(records, next, reach)) return Ok{};
  auto before = std::move(plan_);
  plan_ = std::make_unique<ControlPlan>(std::move(next), symbols_);
  Status status = Ok{};
  if (reach.all || !reach.incidents.empty()) {
    cards_.for_each([&](CardBlob card) {
      if (status && covers(reach, card, *before, *plan_)) {
        status = move_card(card, *before, *plan_, output);
      }
    });
  }
  ranges_changed_ = ranges_changed_ || reach.all;
  if (!committed_plan_) committed_plan_ = std::move(before);
  return status;
}

void PartitionState::restore(const ControlRecord& record) {
  Control next = plan_->control();
  Reach reach;
  if (!apply({&record, 1}, next, reach)) return;
  plan_ = std::make_unique<ControlPlan>(std::move(next), symbols_);
  ranges_changed_ = true;
  // Hints hold under the control that they were found under.
  hints_stale_ = true;
}

// True if anything changed.
bool PartitionState::apply(std::span<const ControlRecord> records, Control& next, Reach& reach) {
  bool changed = false;
  for (const auto& record : records) {
    // How the sealed numbers can be opened, and who has nothing to report, is no matter of
    // matching.
    if (std::holds_alternative<FileLoad>(record)) continue;
    if (std::holds_alternative<NilReturn>(record)) continue;
    std::optional<std::vector<std::string>> ranges;
    const auto* issuer = std::get_if<Issuer>(&record);
    if (issuer != nullptr) {
      if (const auto* held = next.issuer(issuer->id)) ranges = held->iin_ranges;
    }
    if (!next.apply(record)) continue;
    changed = true;
    control_log_.push_back(codec::encode(record));
    if (const auto* incident = std::get_if<Incident>(&record)) {
      reach.incidents.insert(symbols_.intern(incident->id.get()));
    } else if (const auto* scope = std::get_if<ScopeRevision>(&record)) {
      // A proposal selects nothing yet.
      if (scope->state != ScopeState::kApproved) continue;
      reach.incidents.insert(symbols_.intern(scope->incident.get()));
    } else if (issuer != nullptr && ranges != next.issuer(issuer->id)->iin_ranges) {
      // A new address or key of its feed moves no card.
      reach.all = true;
    }
  }
  return changed;
}

bool PartitionState::covers(const Reach& reach,
                            CardBlob card,
                            const ControlPlan& before,
                            const ControlPlan& after) const {
  const auto iin = card.header().iin;
  const auto moves = [&](Iin range) { return before.issuer_of(range) != after.issuer_of(range); };
  ItemCursor cursor{card.items()};
  for (Item item; cursor.next(item);) {
    if (item.kind == ItemKind::kReport) {
      const auto report = read_report(item.body, card.header().card, iin, symbols_);
      if (reach.all && moves(report.iin)) return true;
      if (report.incident.empty()) continue;
      if (std::any_of(reach.incidents.begin(), reach.incidents.end(), [&](Symbol incident) {
            return symbols_.text(incident) == report.incident;
          })) {
        return true;
      }
    } else if (item.kind == ItemKind::kExposure) {
      const auto exposure = read_exposure(item.body, iin);
      if (reach.incidents.contains(exposure.incident)) return true;
      if (reach.all && moves(exposure.iin)) return true;
    }
  }
  return false;
}

Status PartitionState::move_card(CardBlob card,
                                 const ControlPlan& before,
                                 const ControlPlan& after,
                                 MatchOutput& output) {
  auto header = card.header();
  if (header.reports == 0 && header.released == 0) {
    list_exposures(card.items(), header.iin);
    const auto* old_entry = watch_.derive(exposures_, {}, before);
    const auto* new_entry = watch_.derive(exposures_, {}, after);
    return put_change(old_entry, new_entry, header.card, output);
  }
  const auto inputs = inputs_of(card, {});
  const auto result = derive(inputs, after.control());
  const auto hints = header;
  note_hints(header, inputs, &result);
  if (hints.fraud_from != header.fraud_from ||
      hints.maybe_attributable != header.maybe_attributable) {
    cards_.set_header(header);
  }
  return put_difference(derive(inputs, before.control()), result, output);
}

bool PartitionState::is_unassigned(const CardHeader& header, const ControlPlan& plan) const {
  return header.exposures > 0 && plan.issuer_of(header.iin) == kUnassignedIssuer;
}

void PartitionState::recount(const ControlPlan& plan) {
  unassigned_ = 0;
  cards_.for_each([&](CardBlob card) {
    if (is_unassigned(card.header(), plan)) ++unassigned_;
  });
}

}  // namespace cw::matcher
