#pragma once

#include "lib/base/errc.hpp"
#include "lib/telemetry/registry.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace cw::matcher {

/// The matcher's metrics; gauges are set from all lanes together by the service. THREAD: safe.
class Probe {
 public:
  explicit Probe(telemetry::Registry& registry);

  /// `topic` without the prefix.
  void records_in(std::string_view topic, std::size_t count);
  void records_out(std::string_view topic, std::size_t count);
  void quarantined(Errc code);
  /// "committed", "aborted" or "indefinite".
  void transaction(std::string_view outcome);
  void processed(std::chrono::nanoseconds took);
  void committed(std::chrono::nanoseconds took, double newest_age_seconds);

  void cards(double count) { cards_.set(count); }
  void unassigned(double count) { unassigned_.set(count); }
  void lag(double records) { lag_.set(records); }
  void restore_remaining(double records) { restore_remaining_.set(records); }
  void poisoned(double lanes) { poisoned_.set(lanes); }
  void partitions(double count) { partitions_.set(count); }
  void rebalances(double count) { rebalances_.set(count); }
  void recreations(double count) { recreations_.set(count); }

 private:
  telemetry::Family<telemetry::Counter> in_;
  telemetry::Family<telemetry::Counter> out_;
  telemetry::Family<telemetry::Counter> quarantined_;
  telemetry::Family<telemetry::Counter> transactions_;
  telemetry::Histogram process_seconds_;
  telemetry::Histogram commit_seconds_;
  telemetry::Gauge newest_age_;
  telemetry::Gauge rebalances_;
  telemetry::Gauge cards_;
  telemetry::Gauge unassigned_;
  telemetry::Gauge lag_;
  telemetry::Gauge restore_remaining_;
  telemetry::Gauge poisoned_;
  telemetry::Gauge partitions_;
  telemetry::Gauge recreations_;
};

}  // namespace cw::matcher
