#pragma once

#include "lib/domain/ids.hpp"
#include "lib/telemetry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cw::issuer {

/// Metrics of the reference issuer. THREAD: safe.
class Probe {
 public:
  explicit Probe(telemetry::Registry& registry);

  /// `result`: "applied", "duplicate", "misbehaved" or the code of a refusal.
  void push_done(const IssuerId& issuer,
                 std::string_view result,
                 std::chrono::steady_clock::duration took);

  struct Held {
    std::uint64_t entries = 0;
    std::uint64_t through = 0;
    std::uint64_t journal_bytes = 0;
  };
  void held(const IssuerId& issuer, const Held& held);

 private:
  telemetry::Family<telemetry::Counter> pushes_;
  telemetry::Histogram seconds_;
  telemetry::Family<telemetry::Gauge> entries_;
  telemetry::Family<telemetry::Gauge> through_;
  telemetry::Family<telemetry::Gauge> journal_bytes_;
};

}  // namespace cw::issuer
