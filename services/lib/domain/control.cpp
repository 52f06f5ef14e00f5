#include "lib/domain/control.hpp"

#include "lib/domain/control_order.hpp"

#include <algorithm>
#include <set>

namespace cw {
namespace {

constexpr std::size_t kIinDigits = 8;
constexpr Iin kIinEnd = 100'000'000;

struct IinInterval {
  Iin first = 0;
  Iin end = 0;
};

/// The IINs that start with `prefix`; empty for what is no prefix of 1 to 8 digits.
IinInterval interval_of(std::string_view prefix) {
  if (prefix.empty() || prefix.size() > kIinDigits) return {};
  Iin value = 0;
  for (const char c : prefix) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + static_cast<Iin>(c - '0');
  }
  Iin width = 1;
  for (std::size_t digits = prefix.size(); digits < kIinDigits; ++digits) width *= 10;
  return {value * width, (value + 1) * width};
}

/// Gives [interval.first, interval.end) of a full partition of all IINs to `issuer`.
void paint(std::map<Iin, IssuerId>& partition, IinInterval interval, const IssuerId& issuer) {
  if (interval.end < kIinEnd && !partition.contains(interval.end)) {
    partition.emplace(interval.end, std::prev(partition.upper_bound(interval.end))->second);
  }
  partition.erase(partition.lower_bound(interval.first), partition.lower_bound(interval.end));
  partition.emplace(interval.first, issuer);
}

}  // namespace

const IncidentEpoch* epoch_at(std::span<const IncidentEpoch> epochs, Instant at) {
  const auto next = std::upper_bound(
      epochs.begin(), epochs.end(), at, [](Instant instant, const IncidentEpoch& epoch) {
        return instant < epoch.from;
      });
  return next == epochs.begin() ? nullptr : &*std::prev(next);
}

IncidentVersion::IncidentVersion(Incident declared) : incident(std::move(declared)) {
  if (auto found = TimeZone::find(incident.time_zone)) zone = std::move(found).value();
  at_risk_starts.reserve(incident.files.size());
  for (const auto& file : incident.files)
    at_risk_starts.push_back(zone.start_of(file.at_risk_from));
}

std::size_t IncidentVersion::file(const FileName& name) const noexcept {
  for (std::size_t i = 0; i < incident.files.size(); ++i) {
    if (incident.files[i].name == name) return i;
  }
  return kNoFile;
}

bool IncidentVersion::file_stands(std::size_t file, Instant at) const noexcept {
  if (file == kNoFile) return false;
  const auto& withdrawn_at = incident.files[file].withdrawn_at;
  return !withdrawn_at || *withdrawn_at > at;
}

void Control::IncidentHistory::rebuild_epochs() {
  std::set<Instant> points;
  for (const auto& [number, version] : versions) {
    points.insert(version->incident.effective_at);
    for (const auto& file : version->incident.files) {
      if (file.withdrawn_at) points.insert(*file.withdrawn_at);
    }
  }
  for (const auto& [key, scope] : scopes) {
    if (key.second == ScopeState::kApproved) points.insert(scope->effective_at);
  }
  epochs.clear();
  epochs.reserve(points.size());
  for (const auto point : points) {
    IncidentEpoch epoch{point, nullptr, nullptr};
    for (const auto& [number, version] : versions) {
      if (version->incident.effective_at <= point) epoch.version = version;
    }
    for (const auto& [key, scope] : scopes) {
      if (key.second == ScopeState::kApproved && scope->effective_at <= point) epoch.scope = scope;
    }
    epochs.push_back(std::move(epoch));
  }
}

bool Control::apply(const ControlRecord& record) {
  struct Applier {
    Control& control;
    bool operator()(const Incident& value) const { return control.apply_incident(value); }
    bool operator()(const Issuer& value) const { return control.apply_issuer(value); }
    bool operator()(const ScopeRevision& value) const { return control.apply_scope(value); }
    bool operator()(const FileLoad& value) const { return control.apply_file_load(value); }
    bool operator()(const Figure& value) const {
      control.keep_figure(value);
      return false;
    }
    bool operator()(const NilReturn& value) const {
      control.nil_returns_.add(value);
      return false;
    }
  };
  return std::visit(Applier{*this}, record);
}

bool Control::apply_incident(const Incident& record) {
  auto& history = incidents_[record.id];
  auto& held = history.versions[record.version];
  if (held && !replaces(record, held->incident)) return false;
  held = std::make_shared<const IncidentVersion>(record);
  history.rebuild_epochs();
  return true;
}

bool Control::apply_issuer(const Issuer& record) {
  auto& versions = issuers_[record.id];
  const auto [held, added] = versions.try_emplace(record.version, record);
  if (!added && !replaces(record, held->second)) return false;
  held->second = record;
  rebuild_ranges();
  return true;
}

bool Control::apply_scope(const ScopeRevision& record) {
  auto& history = incidents_[record.incident];
  auto& held = history.scopes[{record.revision, record.state}];
  if (held && !replaces(record, *held)) return false;
  held = std::make_shared<const ScopeRevision>(record);
  history.rebuild_epochs();
  return true;
}

bool Control::apply_file_load(const FileLoad& record) {
  auto& loads = file_loads_[{record.incident, record.file}];
  const auto [held, added] = loads.try_emplace(record.key, record);
  if (added) return true;
  if (!replaces(record, held->second)) return false;
  held->second = record;
  return true;
}

void Control::keep_figure(const Figure& record) {
  auto& held = figures_[record.definition.incident][record.number];
  if (!held || replaces(record, *held)) held = std::make_shared<const Figure>(record);
}

std::vector<const Figure*> Control::figures(const IncidentId& id) const {
  std::vector<const Figure*> all;
  const auto found = figures_.find(id);
  if (found == figures_.end()) return all;
  for (const auto& [number, figure] : found->second) all.push_back(figure.get());
  return all;
}

const Figure* Control::figure(const IncidentId& id, std::uint32_t number) const {
  const auto found = figures_.find(id);
  if (found == figures_.end()) return nullptr;
  const auto figure = found->second.find(number);
  return figure == found->second.end() ? nullptr : figure->second.get();
}

void Control::rebuild_ranges() {
  struct Range {
    std::size_t length;
    IinInterval interval;
    const IssuerId* issuer;
  };
  std::vector<Range> ranges;
  for (const Issuer* issuer : issuers()) {
    for (const auto& prefix : issuer->iin_ranges) {
      const auto interval = interval_of(prefix);
      if (interval.end != 0) ranges.push_back({prefix.size(), interval, &issuer->id});
    }
  }
  // The longest prefix wins, so it is painted last; among equal ones the smaller id.
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    if (a.length != b.length) return a.length < b.length;
    return *b.issuer < *a.issuer;
  });
  std::map<Iin, IssuerId> partition{{0, kUnassignedIssuer}};
  for (const auto& range : ranges) paint(partition, range.interval, *range.issuer);
  segments_.clear();
  for (auto& [first, issuer] : partition) segments_.push_back({first, std::move(issuer)});
}

const Incident* Control::incident(const IncidentId& id, Instant at) const {
  const auto* epoch = epoch_at(epochs(id), at);
  return epoch != nullptr && epoch->version ? &epoch->version->incident : nullptr;
}

const Incident* Control::incident(const IncidentId& id) const {
  const auto found = incidents_.find(id);
  if (found == incidents_.end() || found->second.versions.empty()) return nullptr;
  return &found->second.versions.rbegin()->second->incident;
}

std::vector<const Incident*> Control::incidents() const {
  std::vector<const Incident*> all;
  for (const auto& [id, history] : incidents_) {
    if (!history.versions.empty()) all.push_back(&history.versions.rbegin()->second->incident);
  }
  return all;
}

const Issuer* Control::issuer(const IssuerId& id) const {
  const auto found = issuers_.find(id);
  return found == issuers_.end() ? nullptr : &found->second.rbegin()->second;
}

std::vector<const Issuer*> Control::issuers() const {
  std::vector<const Issuer*> all;
  for (const auto& [id, versions] : issuers_) all.push_back(&versions.rbegin()->second);
  return all;
}

std::optional<Instant> Control::issuer_since(const IssuerId& id) const {
  const auto found = issuers_.find(id);
  if (found == issuers_.end()) return std::nullopt;
  std::optional<Instant> first;
  for (const auto& [number, version] : found->second) {
    if (!first || version.effective_at < *first) first = version.effective_at;
  }
  return first;
}

const IssuerId& Control::issuer_of(Iin iin) const {
  const auto next = std::upper_bound(
      segments_.begin(), segments_.end(), iin, [](Iin wanted, const RangeSegment& segment) {
        return wanted < segment.first;
      });
  return next == segments_.begin() ? kUnassignedIssuer : std::prev(next)->issuer;
}

const ScopeRevision* Control::scope(const IncidentId& id, Instant at) const {
  const auto* epoch = epoch_at(epochs(id), at);
  return epoch != nullptr ? epoch->scope.get() : nullptr;
}

std::vector<const ScopeRevision*> Control::scopes(const IncidentId& id) const {
  std::vector<const ScopeRevision*> all;
  const auto found = incidents_.find(id);
  if (found == incidents_.end()) return all;
  for (const auto& [key, scope] : found->second.scopes) all.push_back(scope.get());
  return all;
}

std::vector<const FileLoad*> Control::file_loads() const {
  std::vector<const FileLoad*> all;
  for (const auto& [file, loads] : file_loads_) {
    for (const auto& [key, load] : loads) all.push_back(&load);
  }
  return all;
}

const FileLoad* Control::loaded(const IncidentId& incident, const FileName& file) const {
  const auto found = file_loads_.find({incident, file});
  if (found == file_loads_.end()) return nullptr;
  const FileLoad* earliest = nullptr;
  for (const auto& [key, load] : found->second) {
    if (load.state != FileLoadState::kLoaded) continue;
    if (earliest == nullptr || load.received_at < earliest->received_at) earliest = &load;
  }
  return earliest;
}

std::vector<Instant> Control::change_points(const IncidentId& id) const {
  std::vector<Instant> points;
  for (const auto& epoch : epochs(id)) points.push_back(epoch.from);
  return points;
}

std::span<const IncidentEpoch> Control::epochs(const IncidentId& id) const {
  const auto found = incidents_.find(id);
  if (found == incidents_.end()) return {};
  return found->second.epochs;
}

}  // namespace cw
