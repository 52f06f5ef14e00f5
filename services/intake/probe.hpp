#pragma once

#include "lib/base/errc.hpp"
#include "lib/telemetry/registry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cw::intake {

enum class UploadKind : std::uint8_t { kExposures, kReports, kNilReturn };

/// Intake's metrics. THREAD: safe.
class Probe {
 public:
  explicit Probe(telemetry::Registry& registry);

  void rows_accepted(UploadKind kind, std::uint64_t rows);
  void row_refused(UploadKind kind, Errc code);
  void bytes(UploadKind kind, std::uint64_t bytes);
  /// `result`: "loaded", "accepted", ... or the name of an error code.
  void upload_done(UploadKind kind,
                   std::string_view result,
                   std::chrono::steady_clock::duration took);
  void control_refused();
  void corrections_relayed(std::uint64_t copies) {
    corrections_relayed_.add(static_cast<double>(copies));
  }
  void corrections_refused() { corrections_refused_.add(); }
  /// What the relay of corrections holds, and what it still has to do.
  struct Corrections {
    std::size_t records = 0;
    std::size_t moved = 0;
    std::size_t bytes = 0;
    std::size_t pending = 0;
    std::int64_t lag = 0;
  };
  void corrections(const Corrections& now);
  void unacknowledged(double records) { unacknowledged_.set(records); }
  void control_lag(double records) { control_lag_.set(records); }

 private:
  telemetry::Family<telemetry::Counter> rows_;
  telemetry::Family<telemetry::Counter> bytes_;
  telemetry::Family<telemetry::Counter> uploads_;
  telemetry::Family<telemetry::Histogram> seconds_;
  telemetry::Counter control_refused_;
  telemetry::Counter corrections_relayed_;
  telemetry::Counter corrections_refused_;
  telemetry::Gauge corrections_records_;
  telemetry::Gauge corrections_reports_;
  telemetry::Gauge corrections_bytes_;
  telemetry::Gauge corrections_pending_;
  telemetry::Gauge corrections_lag_;
  telemetry::Gauge unacknowledged_;
  telemetry::Gauge control_lag_;
};

}  // namespace cw::intake
