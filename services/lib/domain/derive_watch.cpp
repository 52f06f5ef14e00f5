#include "lib/domain/card_exposures.hpp"

#include <algorithm>
#include <utility>

namespace cw {
namespace {

/// From an instant on, whether an active attributable report stands under an incident.
struct ReportedStep {
  Instant from;
  bool reported = false;
};

std::vector<ReportedStep> reported_steps(std::span<const Fact> facts, const IncidentId& incident) {
  struct Event {
    Instant at;
    int change;
  };
  std::vector<Event> events;
  const Fact* previous = nullptr;
  for (const auto& fact : facts) {
    if (fact.id.incident != incident) continue;
    const bool continues = previous != nullptr && previous->id.issuer == fact.id.issuer &&
                           previous->id.report == fact.id.report;
    const int before = continues && previous->attributable ? 1 : 0;
    const int change = (fact.attributable ? 1 : 0) - before;
    if (change != 0) events.push_back({fact.id.known_from, change});
    previous = &fact;
  }
  std::sort(
      events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  std::vector<ReportedStep> steps;
  int standing = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    standing += events[i].change;
    if (i + 1 == events.size() || events[i + 1].at != events[i].at) {
      steps.push_back({events[i].at, standing > 0});
    }
  }
  return steps;
}

/// One incident's watch over the card, at any instant.
class IncidentWatch {
 public:
  IncidentWatch(const IncidentExposures& exposures, std::span<const Fact> facts)
      : exposures_(exposures) {
    if (!facts.empty()) steps_ = reported_steps(facts, *exposures.incident);
  }

  /// R22 and R23; nullopt: the incident does not watch the card.
  [[nodiscard]] std::optional<WatchLevel> level(Instant at) const {
    const auto* epoch = epoch_at(exposures_.epochs, at);
    if (epoch == nullptr || !is_open(*epoch)) return std::nullopt;
    bool held = false;
    bool selected = false;
    for (const auto& record : exposures_.records) {
      if (!IncidentExposures::exists(record, *epoch, at)) continue;
      held = true;
      selected = epoch->scope != nullptr &&
                 epoch->scope->predicate.selects(record.file.get(), record.attributes);
      if (selected) break;
    }
    if (!held) return std::nullopt;
    if (reported(at)) return WatchLevel::kFraudReported;
    return selected ? WatchLevel::kIdentified : WatchLevel::kInFile;
  }

  /// Adds a reason per file that holds the card now.
  void add_reasons(WatchLevel current, std::vector<WatchReason>& out) const {
    const auto& records = exposures_.records;
    const auto& now = exposures_.epochs.back();
    for (std::size_t first = 0; first < records.size();) {
      std::size_t end = first + 1;
      while (end < records.size() && records[end].file == records[first].file) ++end;
      const auto of_file = records.subspan(first, end - first);
      first = end;
      const auto& version = *now.version;
      const auto file = version.file(of_file.front().file);
      if (!version.file_stands(file, Instant::max())) continue;
      const auto& declared = version.incident.files[file];
      const auto start = since(of_file, current);
      const auto& scope = epoch_at(exposures_.epochs, start)->scope;
      out.push_back({*exposures_.incident,
                     declared.name,
                     current,
                     scope != nullptr ? scope->revision : 0,
                     version.zone.day_of(start),
                     declared.at_risk_from,
                     declared.at_risk_to});
    }
  }

 private:
  static bool is_open(const IncidentEpoch& epoch) {
    return epoch.version != nullptr && epoch.version->incident.state == IncidentState::kOpen;
  }

  [[nodiscard]] bool reported(Instant at) const {
    const auto next = std::upper_bound(
        steps_.begin(), steps_.end(), at, [](Instant instant, const ReportedStep& step) {
          return instant < step.from;
        });
    return next != steps_.begin() && std::prev(next)->reported;
  }

  /// The latest instant before `before` at which anything changed; nullopt if there is none.
  [[nodiscard]] std::optional<Instant> change_before(Instant before) const {
    std::optional<Instant> latest;
    const auto consider = [&](Instant instant) {
      if (instant < before && (!latest || instant > *latest)) latest = instant;
    };
    for (const auto& record : exposures_.records) consider(record.received_at);
    for (const auto& epoch : exposures_.epochs) consider(epoch.from);
    for (const auto& step : steps_) consider(step.from);
    return latest;
  }

  [[nodiscard]] bool holds(std::span<const ExposureRecord> of_file, Instant at) const {
    const auto* epoch = epoch_at(exposures_.epochs, at);
    return epoch != nullptr &&
           std::any_of(of_file.begin(), of_file.end(), [&](const ExposureRecord& record) {
             return IncidentExposures::exists(record, *epoch, at);
           });
  }

  /// Start of the time, lasting until now, in which the file held the card and the incident
  /// watched it at `current`.
  [[nodiscard]] Instant since(std::span<const ExposureRecord> of_file, WatchLevel current) const {
    Instant start = Instant::max();
    while (const auto earlier = change_before(start)) {
      if (!holds(of_file, *earlier) || level(*earlier) != current) break;
      start = *earlier;
    }
    return start;
  }

  const IncidentExposures& exposures_;
  std::vector<ReportedStep> steps_;
};

/// The parts of an entry that come from the records themselves.
class EntryRecords {
 public:
  void add(const IncidentExposures& exposures) {
    const auto& now = exposures.epochs.back();
    for (const auto& record : exposures.records) {
      if (!IncidentExposures::exists(record, now, Instant::max())) continue;
      // Incidents and records come in order: the first one seen is the smallest.
      if (smallest_ == nullptr) smallest_ = &record;
      if (earliest_ == nullptr || record.received_at < earliest_->received_at) {
        earliest_ = &record;
        zone_ = &now.version->zone;
      }
      expiry_ = std::max(expiry_, record.expiry);
    }
  }

  void fill(WatchEntry& entry) const {
    entry.card = smallest_->card;
    entry.expiry = expiry_;
    entry.sealed_pan = smallest_->sealed_pan;
    entry.file_key = smallest_->file_key;
    entry.watch_from = zone_->day_of(earliest_->received_at);
  }

  [[nodiscard]] Iin iin() const { return smallest_->iin; }

 private:
  const ExposureRecord* smallest_ = nullptr;
  const ExposureRecord* earliest_ = nullptr;
  const TimeZone* zone_ = nullptr;
  Expiry expiry_;
};

}  // namespace

std::optional<WatchEntry> derive_watch(std::span<const IncidentExposures> exposures,
                                       std::span<const Fact> facts,
                                       std::span<const IssuerAnswer> answers,
                                       const Control& control) {
  std::optional<WatchEntry> entry;
  EntryRecords records;
  for (const auto& group : exposures) {
    const IncidentWatch watch{group, facts};
    const auto level = watch.level(Instant::max());
    if (!level) continue;
    if (!entry) entry.emplace();
    entry->level = std::max(entry->level, *level);
    watch.add_reasons(*level, entry->reasons);
    records.add(group);
  }
  if (!entry) return entry;
  records.fill(*entry);
  entry->issuer = control.issuer_of(records.iin());
  const bool released =
      std::any_of(answers.begin(), answers.end(), [&](const IssuerAnswer& answer) {
        return answer.issuer == entry->issuer && releases(answer.status);
      });
  return released ? std::nullopt : std::move(entry);
}

}  // namespace cw
