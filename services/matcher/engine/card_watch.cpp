#include "matcher/engine/card_watch.hpp"

#include <algorithm>

namespace cw::matcher {
namespace {

bool exists(const StoredExposure& record, const EpochPlan& epoch, Instant at) {
  return record.received_at <= at && epoch.declared && epoch.standing(record.file, at) != nullptr;
}

bool holds(std::span<const StoredExposure> of_file, const EpochPlan* epoch, Instant at) {
  return epoch != nullptr &&
         std::any_of(of_file.begin(), of_file.end(), [&](const StoredExposure& record) {
           return exists(record, *epoch, at);
         });
}

/// The records from `first` on that `same` says belong together with the first of them.
template <class Same>
std::size_t run_end(std::span<const StoredExposure> records, std::size_t first, Same same) {
  auto end = first + 1;
  while (end < records.size() && same(records[first], records[end])) ++end;
  return end;
}

}  // namespace

std::optional<WatchLevel> CardWatch::level(const Group& group, Instant at) {
  const auto* epoch = group.plan->at(at);
  if (epoch == nullptr || !epoch->declared || !epoch->open) return std::nullopt;
  const bool reported = group.reported_from && *group.reported_from <= at;
  bool held = false;
  for (const auto& record : group.records) {
    if (!exists(record, *epoch, at)) continue;
    if (reported) return WatchLevel::kFraudReported;
    held = true;
    if (epoch->scope != nullptr && epoch->scope->selects(record)) return WatchLevel::kIdentified;
  }
  return held ? std::optional{WatchLevel::kInFile} : std::nullopt;
}

// Instants at which anything about the group changed, the latest first.
void CardWatch::list_points(const Group& group) {
  points_.clear();
  for (const auto& record : group.records) points_.push_back(record.received_at);
  for (const auto& epoch : group.plan->epochs) points_.push_back(epoch.from);
  if (group.reported_from) points_.push_back(*group.reported_from);
  std::sort(points_.begin(), points_.end(), std::greater<>{});
  points_.erase(std::unique(points_.begin(), points_.end()), points_.end());
}

const EntryPlan* CardWatch::derive(std::span<const StoredExposure> exposures,
                                   std::span<const ReportedFrom> reported,
                                   const ControlPlan& control) {
  current_ = 1 - current_;
  auto& out = plans_[current_];
  out.reasons.clear();
  out.level = WatchLevel::kInFile;
  out.expiry = {};
  const StoredExposure* smallest = nullptr;
  const StoredExposure* earliest = nullptr;
  const TimeZone* zone = nullptr;
  for (std::size_t first = 0, end = 0; first < exposures.size(); first = end) {
    end = run_end(
        exposures, first, [](const auto& a, const auto& b) { return a.incident == b.incident; });
    Group group{exposures.subspan(first, end - first), control.incident(exposures[first].incident)};
    if (group.plan == nullptr || group.plan->epochs.empty()) continue;
    for (const auto& one : reported) {
      if (one.incident == exposures[first].incident) group.reported_from = one.from;
    }
    const auto now = level(group, Instant::max());
    if (!now) continue;
    out.level = std::max(out.level, *now);
    list_points(group);
    add_group(group, *now, points_, out);
    const auto& epoch = group.plan->epochs.back();
    for (const auto& record : group.records) {
      if (!exists(record, epoch, Instant::max())) continue;
      if (smallest == nullptr) smallest = &record;
      if (earliest == nullptr || record.received_at < earliest->received_at) {
        earliest = &record;
        zone = epoch.zone;
      }
      out.expiry = std::max(out.expiry, record.expiry);
    }
  }
  if (smallest == nullptr) return nullptr;
  out.sealed_pan = smallest->sealed_pan;
  out.file_key = smallest->file_key;
  out.watch_from = zone->day_of(earliest->received_at);
  out.issuer = control.issuer_of(smallest->iin).get();
  return &out;
}

// A reason per file that holds the card now. `points` are the group's, the latest first.
void CardWatch::add_group(const Group& group,
                          WatchLevel level_now,
                          std::vector<Instant>& points,
                          EntryPlan& out) {
  const auto& now = group.plan->epochs.back();
  for (std::size_t first = 0, end = 0; first < group.records.size(); first = end) {
    end = run_end(
        group.records, first, [](const auto& a, const auto& b) { return a.file == b.file; });
    const auto of_file = group.records.subspan(first, end - first);
    const auto* file = now.standing(of_file.front().file, Instant::max());
    if (file == nullptr) continue;
    auto since = Instant::max();
    for (const auto point : points) {
      if (!holds(of_file, group.plan->at(point), point) || level(group, point) != level_now) break;
      since = point;
    }
    out.reasons.push_back({group.plan->id,
                           file->name,
                           level_now,
                           group.plan->at(since)->scope_revision,
                           now.zone->day_of(since),
                           file->at_risk_from,
                           file->at_risk_to});
  }
}

void CardWatch::fill(const EntryPlan& plan, const CardRef& card, WatchEntry& out) const {
  out.issuer = IssuerId{std::string{plan.issuer}};
  out.card = card;
  out.level = plan.level;
  out.expiry = plan.expiry;
  out.sealed_pan.assign(plan.sealed_pan);
  out.file_key.assign(symbols_.text(plan.file_key));
  out.watch_from = plan.watch_from;
  out.reasons.clear();
  for (const auto& reason : plan.reasons) {
    out.reasons.push_back({IncidentId{std::string{symbols_.text(reason.incident)}},
                           FileName{std::string{symbols_.text(reason.file)}},
                           reason.level,
                           reason.scope_revision,
                           reason.since,
                           reason.at_risk_from,
                           reason.at_risk_to});
  }
}

}  // namespace cw::matcher
