#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/counts.hpp"
#include "lib/http/message.hpp"

namespace cw::desk {

/// The query of GET /v1/incidents/{id}/counts: since, as_of (days), known_at (RFC 3339), unit, by,
/// outcome (comma-separated), attributable (only, exclude, both). Defaults: the incident's since,
/// today in its time zone, everything, members, no breakdown, all outcomes, only.
/// Fails with kBadRequest, naming the parameter and what it takes.
[[nodiscard]] Result<CountQuery> read_count_request(const http::Params& params,
                                                    const Incident& incident,
                                                    Instant now);

/// The figure's definition as a sentence, for a person who sees it without its query.
[[nodiscard]] std::string definition_of(const CountQuery& query);

}  // namespace cw::desk
