#include "lib/http/probe.hpp"

namespace cw::http {

ServerProbe::ServerProbe(telemetry::Registry& registry)
    : requests_(registry.counters({"cardwatch_http_requests_total",
                                   "Requests answered.",
                                   {"listener", "route", "status"}})),
      seconds_(registry.histograms({"cardwatch_http_request_seconds",
                                    "From the header to the answer, body included.",
                                    {"listener", "route"}})),
      refused_(registry.counters({"cardwatch_http_refused_total",
                                  "Connections ended before a request, by reason.",
                                  {"listener", "reason"}})),
      connections_(
          registry.gauges({"cardwatch_http_connections", "Open connections.", {"listener"}})) {}

void ServerProbe::request_done(const std::string& listener,
                               const std::string& route,
                               int status,
                               std::chrono::steady_clock::duration took) {
  requests_.with({listener, route, std::to_string(status)}).add();
  seconds_.with({listener, route}).observe(std::chrono::duration<double>(took).count());
}

void ServerProbe::refused(const std::string& listener, const std::string& reason) {
  refused_.with({listener, reason}).add();
}

void ServerProbe::connections(const std::string& listener, double open) {
  connections_.with({listener}).set(open);
}

}  // namespace cw::http
