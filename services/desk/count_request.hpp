#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/count_series.hpp"
#include "lib/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cw::desk {

/// The query of GET /v1/incidents/{id}/counts: since, as_of (days), known_at (RFC 3339), unit, by,
/// outcome (comma-separated), attributable (only, exclude, both). Defaults: the incident's since,
/// today in its time zone, everything, members, no breakdown, all outcomes, only. `more` names what
/// the route takes beside these.
/// Fails with kBadRequest, naming the parameter and what it takes.
[[nodiscard]] Result<CountQuery> read_count_request(const http::Params& params,
                                                    const Incident& incident,
                                                    Instant now,
                                                    const std::vector<std::string_view>& more = {});

/// The query of .../counts/series: beside the above step (day, week, month; default day), and
/// known_at=each for points that are each known at the end of their last day.
[[nodiscard]] Result<SeriesQuery> read_series_request(const http::Params& params,
                                                      const Incident& incident,
                                                      Instant now);

/// A parameter that is 0 (the default) or 1. Fails with kBadRequest.
[[nodiscard]] Result<bool> read_flag(const http::Params& params, std::string_view name);

/// The figure's definition as a sentence, for a person who sees it without its query.
[[nodiscard]] std::string definition_of(const CountQuery& query);

}  // namespace cw::desk
