#include "lib/runtime/admin.hpp"

namespace cw::runtime {
namespace {

http::Response to_response(const Health::Report& report, const http::Request& request) {
  const bool verbose = request.query.find("verbose").has_value() || !report.ok;
  const std::string verdict = report.ok ? "ok\n" : "not ok\n";
  return http::Response::text(report.ok ? 200 : 503, verbose ? report.text + verdict : verdict);
}

}  // namespace

http::Router admin_routes(const Health& health, const telemetry::Registry& metrics) {
  http::Router router;
  router.add("GET",
             "/metrics",
             {},
             [&metrics](const http::Request&, http::BodyReader&) -> http::Task<http::Response> {
               http::Response response{.body = metrics.expose()};
               response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
               co_return response;
             });
  router.add(
      "GET",
      "/livez",
      {},
      [&health](const http::Request& request, http::BodyReader&) -> http::Task<http::Response> {
        co_return to_response(health.liveness(), request);
      });
  router.add(
      "GET",
      "/readyz",
      {},
      [&health](const http::Request& request, http::BodyReader&) -> http::Task<http::Response> {
        co_return to_response(health.readiness(), request);
      });
  return router;
}

}  // namespace cw::runtime
