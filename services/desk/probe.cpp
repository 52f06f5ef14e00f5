#include "desk/probe.hpp"

namespace cw::desk {

Probe::Probe(telemetry::Registry& registry)
    : control_changes_(registry.counters({"cardwatch_desk_control_changes_total",
                                          "Requests to change control, by kind and result.",
                                          {"what", "result"}})),
      refused_(registry.counters({"cardwatch_desk_records_refused_total",
                                  "Records that could not be read and were skipped.",
                                  {"topic"}})),
      lag_(registry.gauges({"cardwatch_desk_lag_records",
                            "Records on the broker that were not read yet.",
                            {"topic"}})),
      count_seconds_(registry.histogram("cardwatch_desk_count_seconds",
                                        "Time that one request for counts took.")),
      members_(registry.gauges({"cardwatch_members",
                                "Members with an attributable report from the incident's since to "
                                "today, as known now.",
                                {"incident"}})),
      cards_(registry.gauges({"cardwatch_cards",
                              "Cards with an attributable report, over the same time.",
                              {"incident"}})),
      reports_(registry.gauges(
          {"cardwatch_reports", "Attributable reports, over the same time.", {"incident"}})),
      by_outcome_(registry.gauges({"cardwatch_reports_by_outcome",
                                   "Active reports, attributable or not, over the same time.",
                                   {"incident", "outcome"}})),
      unassigned_(registry.gauges({"cardwatch_unassigned_cards",
                                   "Reported cards whose number lies in no issuer's range.",
                                   {"incident"}})),
      issuer_silent_(registry.gauges({"cardwatch_desk_issuer_silent_seconds",
                                      "Time since a report of the issuer came, or up to which it "
                                      "said that it had none.",
                                      {"issuer"}})),
      issuers_silent_(registry.gauge("cardwatch_desk_issuers_silent",
                                     "Issuers silent for longer than silence.limit.")),
      facts_(registry.gauge("cardwatch_desk_facts", "Match facts held in memory.")) {}

void Probe::control_change(std::string_view what, std::string_view result) {
  control_changes_.with({std::string(what), std::string(result)}).add();
}

void Probe::counted(std::chrono::steady_clock::duration took) {
  count_seconds_.observe(std::chrono::duration<double>(took).count());
}

void Probe::record_refused(std::string_view topic) {
  refused_.with({std::string(topic)}).add();
}

void Probe::lag(std::string_view topic, double records) {
  lag_.with({std::string(topic)}).set(records);
}

void Probe::figure(const IncidentId& incident, std::string_view unit, double value) {
  auto& family = unit == "members" ? members_ : unit == "cards" ? cards_ : reports_;
  family.with({incident.get()}).set(value);
}

void Probe::reports_by_outcome(const IncidentId& incident, Outcome outcome, double value) {
  by_outcome_.with({incident.get(), std::string(text(outcome))}).set(value);
}

void Probe::issuer_silent(const IssuerId& issuer, double seconds) {
  issuer_silent_.with({issuer.get()}).set(seconds);
}

void Probe::unassigned_cards(const IncidentId& incident, double value) {
  unassigned_.with({incident.get()}).set(value);
}

}  // namespace cw::desk
