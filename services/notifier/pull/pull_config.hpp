#pragma once

#include "lib/config/schema.hpp"

#include <chrono>
#include <cstdint>

namespace cw::notifier {

/// What issuers may ask for, and how often they are compared with.
struct PullConfig {
  std::uint32_t requests_per_second = 50;
  std::uint32_t waiting_per_issuer = 4;
  std::uint32_t waiting_max = 1000;
  std::uint32_t snapshots_max = 4;
};

struct ReconcileConfig {
  std::chrono::milliseconds interval = std::chrono::hours{24};
  std::chrono::milliseconds patience = std::chrono::seconds{60};
};

/// Declare the sections `pull` and `reconcile`; the configuration must outlive the schema.
void declare(config::Schema& schema, PullConfig& config);
void declare(config::Schema& schema, ReconcileConfig& config);

}  // namespace cw::notifier
