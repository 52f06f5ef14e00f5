#pragma once

#include "lib/telemetry/registry.hpp"

#include <chrono>
#include <string>

namespace cw::http {

/// Metrics of all servers of a process, told apart by the label `listener`. THREAD: safe.
class ServerProbe {
 public:
  explicit ServerProbe(telemetry::Registry& registry);

  /// `route` is the template, never the path, so that the label set stays small.
  void request_done(const std::string& listener,
                    const std::string& route,
                    int status,
                    std::chrono::steady_clock::duration took);
  void refused(const std::string& listener, const std::string& reason);
  void connections(const std::string& listener, double open);

 private:
  telemetry::Family<telemetry::Counter> requests_;
  telemetry::Family<telemetry::Histogram> seconds_;
  telemetry::Family<telemetry::Counter> refused_;
  telemetry::Family<telemetry::Gauge> connections_;
};

}  // namespace cw::http
