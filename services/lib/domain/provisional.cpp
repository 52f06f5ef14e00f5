#include "lib/domain/provisional.hpp"

namespace cw {

std::vector<NotHeardFrom> not_heard_from(const FactBook& facts,
                                         const std::vector<IssuerId>& issuers,
                                         std::optional<Instant> known_at,
                                         Instant day_end) {
  std::vector<NotHeardFrom> silent;
  const auto& reporting = facts.reporting();
  for (const auto& issuer : issuers) {
    const auto last = reporting.last(issuer.get(), known_at.value_or(Instant::max()));
    if (last && last->received_at > day_end) continue;
    NotHeardFrom entry{issuer, {}, {}, {}};
    if (last) {
      entry.last_reported_at = last->reported_at;
      entry.last_received_at = last->received_at;
    }
    if (const auto lag = reporting.usual_lag(issuer.get())) {
      entry.usual_lag = std::chrono::duration_cast<std::chrono::seconds>(*lag);
    }
    silent.push_back(std::move(entry));
  }
  return silent;
}

}  // namespace cw
