#include "notifier/reconcile/reconcile_probe.hpp"

namespace cw::notifier {

ReconcileProbe::ReconcileProbe(telemetry::Registry& metrics)
    : runs_(metrics.counters({"cardwatch_notifier_reconciles_total",
                              "Comparisons with issuers, by outcome.",
                              {"issuer", "outcome"}})),
      buckets_(metrics.counters({"cardwatch_notifier_reconcile_buckets_total",
                                 "Buckets in which the issuer held something else.",
                                 {"issuer"}})),
      entries_(metrics.counters({"cardwatch_notifier_reconcile_entries_total",
                                 "Entries sent again to repair buckets.",
                                 {"issuer"}})),
      bytes_(metrics.counters({"cardwatch_notifier_reconcile_bytes_total",
                               "Bytes sent to repair buckets.",
                               {"issuer"}})) {}

void ReconcileProbe::done(const IssuerId& issuer, const ReconcileResult& result) const {
  const char* const outcome = result.equal_before  ? "equal"
                              : result.equal_after ? "repaired"
                                                   : "differs";
  runs_.with({issuer.get(), outcome}).add();
  buckets_.with({issuer.get()}).add(static_cast<double>(result.differing.size()));
  entries_.with({issuer.get()}).add(static_cast<double>(result.repaired_entries));
  bytes_.with({issuer.get()}).add(static_cast<double>(result.bytes));
}

void ReconcileProbe::failed(const IssuerId& issuer) const {
  runs_.with({issuer.get(), "failed"}).add();
}

}  // namespace cw::notifier
