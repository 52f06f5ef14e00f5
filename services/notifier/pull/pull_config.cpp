#include "notifier/pull/pull_config.hpp"

namespace cw::notifier {

void declare(config::Schema& schema, PullConfig& config) {
  schema.number<std::uint32_t>(
      {.key = "pull.requests_per_second",
       .about = "Requests of one issuer a second; twice as many at once after a pause.",
       .example = "50"},
      {1, 100'000},
      config.requests_per_second);
  schema.number<std::uint32_t>(
      {.key = "pull.waiting_per_issuer",
       .about = "Requests of one issuer that may wait for new entries at a time.",
       .example = "4"},
      {1, 1000},
      config.waiting_per_issuer);
  schema.number<std::uint32_t>(
      {.key = "pull.waiting_max",
       .about = "Requests that may wait for new entries at a time, of all issuers.",
       .example = "1000"},
      {1, 100'000},
      config.waiting_max);
  schema.number<std::uint32_t>(
      {.key = "pull.snapshots_max",
       .about = "Snapshots that may be sent at a time, of all issuers; an issuer has one.",
       .example = "4"},
      {1, 1000},
      config.snapshots_max);
}

void declare(config::Schema& schema, ReconcileConfig& config) {
  schema.duration({.key = "reconcile.interval",
                   .about = "Between two comparisons with an issuer; each has its own moment.",
                   .example = "24h"},
                  {std::chrono::seconds{1}, std::chrono::hours{24 * 90}},
                  config.interval);
  schema.duration({.key = "reconcile.patience",
                   .about = "How long a comparison waits for a moment at which nothing is pending.",
                   .example = "60s"},
                  {std::chrono::seconds{1}, std::chrono::hours{1}},
                  config.patience);
}

}  // namespace cw::notifier
