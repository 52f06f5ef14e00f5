#include "intake/probe.hpp"

namespace cw::intake {
namespace {

std::string text(UploadKind kind) {
  if (kind == UploadKind::kNilReturn) return "nil_return";
  return kind == UploadKind::kExposures ? "exposures" : "reports";
}

}  // namespace

Probe::Probe(telemetry::Registry& registry)
    : rows_(registry.counters({.name = "cardwatch_intake_rows_total",
                               .help = "Rows of uploads, accepted or refused, by reason.",
                               .labels = {"kind", "result"}})),
      bytes_(registry.counters({.name = "cardwatch_intake_bytes_total",
                                .help = "Bytes of uploads that were read.",
                                .labels = {"kind"}})),
      uploads_(registry.counters({.name = "cardwatch_intake_uploads_total",
                                  .help = "Uploads that were answered, by result.",
                                  .labels = {"kind", "result"}})),
      seconds_(registry.histograms({.name = "cardwatch_intake_upload_seconds",
                                    .help = "Time from an upload's header to its answer.",
                                    .labels = {"kind"}})),
      control_refused_(
          registry.counter("cardwatch_intake_control_refused_total",
                           "Control records that could not be read and were skipped.")),
      corrections_relayed_(
          registry.counter("cardwatch_intake_corrections_relayed_total",
                           "Copies of report revisions written for other cards of their report.")),
      corrections_refused_(registry.counter(
          "cardwatch_intake_corrections_refused_total",
          "Report records that corrections are not followed for, for want of room.")),
      corrections_records_(registry.gauge("cardwatch_intake_corrections_records",
                                          "Report records that the relay of corrections knows.")),
      corrections_reports_(registry.gauge("cardwatch_intake_corrections_reports",
                                          "Reports whose revisions name different cards.")),
      corrections_bytes_(registry.gauge("cardwatch_intake_corrections_bytes",
                                        "Memory of the relay of corrections.")),
      corrections_pending_(registry.gauge("cardwatch_intake_corrections_pending_reports",
                                          "Corrected reports that copies may be missing of.")),
      corrections_lag_(registry.gauge("cardwatch_intake_corrections_lag_records",
                                      "Report records that were not read for corrections yet.")),
      unacknowledged_(registry.gauge("cardwatch_intake_unacknowledged_records",
                                     "Records handed to Kafka and not yet acknowledged.")),
      control_lag_(registry.gauge("cardwatch_intake_control_lag_records",
                                  "Control records on the broker that were not read yet.")) {}

void Probe::rows_accepted(UploadKind kind, std::uint64_t rows) {
  if (rows > 0) rows_.with({text(kind), "accepted"}).add(static_cast<double>(rows));
}

void Probe::row_refused(UploadKind kind, Errc code) {
  rows_.with({text(kind), std::string(name(code))}).add();
}

void Probe::bytes(UploadKind kind, std::uint64_t bytes) {
  bytes_.with({text(kind)}).add(static_cast<double>(bytes));
}

void Probe::upload_done(UploadKind kind,
                        std::string_view result,
                        std::chrono::steady_clock::duration took) {
  uploads_.with({text(kind), std::string(result)}).add();
  seconds_.with({text(kind)}).observe(std::chrono::duration<double>(took).count());
}

void Probe::control_refused() {
  control_refused_.add();
}

void Probe::corrections(const Corrections& now) {
  corrections_records_.set(static_cast<double>(now.records));
  corrections_reports_.set(static_cast<double>(now.moved));
  corrections_bytes_.set(static_cast<double>(now.bytes));
  corrections_pending_.set(static_cast<double>(now.pending));
  corrections_lag_.set(static_cast<double>(now.lag));
}

}  // namespace cw::intake
