#include "lib/domain/provisional.hpp"

#include <algorithm>

namespace cw {

std::vector<NotHeardFrom> not_heard_from(const FactBook& facts,
                                         const std::vector<IssuerId>& issuers,
                                         std::optional<Instant> known_at,
                                         Instant day_end,
                                         const NilReturns& nil_returns) {
  std::vector<NotHeardFrom> silent;
  const auto& reporting = facts.reporting();
  for (const auto& issuer : issuers) {
    const auto known_until = known_at.value_or(Instant::max());
    const auto last = reporting.last(issuer.get(), known_until);
    if (last && last->received_at > day_end) continue;
    const NilReturn* nil = nil_returns.last(issuer, known_until);
    if (nil != nullptr && nil->until >= day_end) continue;
    NotHeardFrom entry{issuer, {}, {}, {}};
    if (last) {
      entry.last_reported_at = last->reported_at;
      entry.last_received_at = last->received_at;
    }
    if (const auto lag = reporting.usual_lag(issuer.get())) {
      entry.usual_lag = std::chrono::duration_cast<std::chrono::seconds>(*lag);
    }
    if (nil != nullptr) entry.nil_until = nil->until;
    silent.push_back(std::move(entry));
  }
  return silent;
}

IssuerSilence silence_of(const FactBook& facts,
                         const NilReturns& nil_returns,
                         const IssuerId& issuer,
                         Instant since,
                         Instant now) {
  IssuerSilence silence{.issuer = issuer,
                        .last_reported_at = {},
                        .last_received_at = {},
                        .nil_until = {},
                        .heard_at = since};
  if (const auto last = facts.reporting().last(issuer.get(), now)) {
    silence.last_reported_at = last->reported_at;
    silence.last_received_at = last->received_at;
    silence.heard_at = std::max(silence.heard_at, last->received_at);
  }
  if (const NilReturn* nil = nil_returns.last(issuer, now)) {
    silence.nil_until = nil->until;
    silence.heard_at = std::max(silence.heard_at, std::min(nil->until, now));
  }
  silence.silent = std::max(std::chrono::floor<std::chrono::seconds>(now - silence.heard_at), {});
  return silence;
}

}  // namespace cw
