#include "desk/figures.hpp"

#include "lib/domain/counts.hpp"

#include <array>
#include <optional>
#include <tuple>

namespace cw::desk {
namespace {

constexpr std::array kUnits = {CountUnit::kMembers, CountUnit::kCards, CountUnit::kReports};
constexpr std::array kOutcomes = {Outcome::kIdentified,
                                  Outcome::kInFile,
                                  Outcome::kExpiryMismatch,
                                  Outcome::kPredatesExposure,
                                  Outcome::kNotExposed};

/// The count of the row with this key; 0 if there is none.
double row_of(const CountResult& result, std::string_view key) {
  double found = 0;
  result.rows.each([&](const auto& texts, std::uint64_t count) {
    if (texts.front() == key) found = static_cast<double>(count);
  });
  return found;
}

void update_incident(const Incident& incident, const FactBook& facts, Instant now, Probe& probe) {
  CountQuery query;
  query.incident = incident.id;
  if (auto zone = TimeZone::find(incident.time_zone)) query.time_zone = std::move(zone).value();
  query.since = incident.since;
  query.as_of = query.time_zone.day_of(now);
  for (const auto unit : kUnits) {
    query.unit = unit;
    probe.figure(incident.id, text(unit), static_cast<double>(count(facts, query).figure));
  }
  query.attributable = AttributableFilter::kBoth;
  query.unit = CountUnit::kReports;
  query.by = {CountKey::kOutcome};
  const auto outcomes = count(facts, query);
  for (const auto outcome : kOutcomes) {
    probe.reports_by_outcome(incident.id, outcome, row_of(outcomes, text(outcome)));
  }
  query.unit = CountUnit::kCards;
  query.by = {CountKey::kIssuer};
  probe.unassigned_cards(incident.id, row_of(count(facts, query), kUnassignedIssuer.get()));
}

}  // namespace

void update_figures(const Control& control, const MatchView& matches, Instant now, Probe& probe) {
  matches.read([&](const FactBook& facts, const Offsets& /*offsets*/) {
    for (const auto* incident : control.incidents()) update_incident(*incident, facts, now, probe);
    probe.facts(static_cast<double>(facts.size()));
    return 0;
  });
}

Figures::Figures(const ControlView& control,
                 const MatchView& matches,
                 Probe& probe,
                 std::chrono::milliseconds interval)
    : control_(control), matches_(matches), probe_(probe), interval_(interval), thread_([this] {
        run();
      }) {}

Figures::~Figures() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_cv_.notify_all();
  thread_.join();
}

void Figures::run() {
  using Basis = std::tuple<Offsets, std::int64_t, std::chrono::hours>;
  std::optional<Basis> counted;
  std::unique_lock lock{mutex_};
  while (!stop_cv_.wait_for(lock, interval_, [this] { return stopping_; })) {
    const auto at = now();
    // The hour, so that a new day shows within one.
    const Basis basis{matches_.offsets(),
                      control_.next_offset(),
                      std::chrono::floor<std::chrono::hours>(at.time_since_epoch())};
    if (counted == basis) continue;
    lock.unlock();
    update_figures(*control_.snapshot(), matches_, at, probe_);
    lock.lock();
    counted = basis;
  }
}

}  // namespace cw::desk
