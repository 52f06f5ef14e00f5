#pragma once

#include "lib/http/router.hpp"
#include "lib/runtime/health.hpp"
#include "lib/telemetry/registry.hpp"

namespace cw::runtime {

/// GET /metrics, /livez and /readyz (both with ?verbose). Health answers 200 or 503.
[[nodiscard]] http::Router admin_routes(const Health& health, const telemetry::Registry& metrics);

}  // namespace cw::runtime
