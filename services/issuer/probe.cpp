#include "issuer/probe.hpp"

namespace cw::issuer {

Probe::Probe(telemetry::Registry& registry)
    : pushes_(registry.counters({.name = "cardwatch_issuer_pushes_total",
                                 .help = "Pushes that were answered, by result.",
                                 .labels = {"issuer", "result"}})),
      seconds_(registry.histogram("cardwatch_issuer_push_seconds",
                                  "Time from a push's header to its answer.")),
      entries_(registry.gauges({.name = "cardwatch_issuer_entries",
                                .help = "Cards on the issuer's list.",
                                .labels = {"issuer"}})),
      through_(registry.gauges({.name = "cardwatch_issuer_through",
                                .help = "Sequence number of the feed that the list stands at.",
                                .labels = {"issuer"}})),
      journal_bytes_(registry.gauges({.name = "cardwatch_issuer_journal_bytes",
                                      .help = "Size of the issuer's journal.",
                                      .labels = {"issuer"}})) {}

void Probe::push_done(const IssuerId& issuer,
                      std::string_view result,
                      std::chrono::steady_clock::duration took) {
  pushes_.with({issuer.get(), std::string(result)}).add();
  seconds_.observe(std::chrono::duration<double>(took).count());
}

void Probe::held(const IssuerId& issuer, const Held& held) {
  entries_.with({issuer.get()}).set(static_cast<double>(held.entries));
  through_.with({issuer.get()}).set(static_cast<double>(held.through));
  journal_bytes_.with({issuer.get()}).set(static_cast<double>(held.journal_bytes));
}

}  // namespace cw::issuer
