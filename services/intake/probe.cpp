#include "intake/probe.hpp"

namespace cw::intake {
namespace {

std::string text(UploadKind kind) {
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

}  // namespace cw::intake
