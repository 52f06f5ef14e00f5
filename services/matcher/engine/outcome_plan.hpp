#pragma once

#include "lib/domain/record_views.hpp"
#include "matcher/engine/control_plan.hpp"
#include "matcher/state/card_items.hpp"

#include <optional>
#include <span>

namespace cw::matcher {

/// R11 to R14 for an active report under one incident, at an instant at which all `records` have
/// been received and `epoch` holds for good: the same as IncidentExposures::outcome says then.
/// nullopt: E is empty.
[[nodiscard]] std::optional<Outcome> outcome_of(const ReportView& report,
                                                std::span<const StoredExposure> records,
                                                const EpochPlan& epoch);

}  // namespace cw::matcher
