#pragma once

#include "lib/base/errc.hpp"
#include "lib/domain/fact.hpp"
#include "lib/telemetry/registry.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace cw::desk {

/// The desk's metrics. THREAD: safe.
class Probe {
 public:
  explicit Probe(telemetry::Registry& registry);

  /// `result`: "created", "updated", "unchanged" or the name of an error code.
  void control_change(std::string_view what, std::string_view result);
  void counted(std::chrono::steady_clock::duration took);
  void record_refused(std::string_view topic);
  void lag(std::string_view topic, double records);

  /// Figures of an incident: attributable, from its since to today, known now.
  void figure(const IncidentId& incident, std::string_view unit, double value);
  void reports_by_outcome(const IncidentId& incident, Outcome outcome, double value);
  void unassigned_cards(const IncidentId& incident, double value);
  /// Since when nothing was heard of an issuer, and how many are silent beyond the limit.
  void issuer_silent(const IssuerId& issuer, double seconds);
  void issuers_silent(double issuers) { issuers_silent_.set(issuers); }
  void facts(double value) { facts_.set(value); }

 private:
  telemetry::Family<telemetry::Counter> control_changes_;
  telemetry::Family<telemetry::Counter> refused_;
  telemetry::Family<telemetry::Gauge> lag_;
  telemetry::Histogram count_seconds_;
  telemetry::Family<telemetry::Gauge> members_;
  telemetry::Family<telemetry::Gauge> cards_;
  telemetry::Family<telemetry::Gauge> reports_;
  telemetry::Family<telemetry::Gauge> by_outcome_;
  telemetry::Family<telemetry::Gauge> unassigned_;
  telemetry::Family<telemetry::Gauge> issuer_silent_;
  telemetry::Gauge issuers_silent_;
  telemetry::Gauge facts_;
};

}  // namespace cw::desk
