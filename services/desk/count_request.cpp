#include "desk/count_request.hpp"

#include "lib/base/quoted.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cw::desk {
namespace {

constexpr std::array<std::string_view, 7> kParameters = {
    "since", "as_of", "known_at", "unit", "by", "outcome", "attributable"};
constexpr std::size_t kEchoMax = 40;

Error bad(std::string_view parameter, std::string_view value, std::string_view wanted) {
  return Error{Errc::kBadRequest,
               std::string(parameter) + '=' + quoted(value.substr(0, kEchoMax)) + ": wanted " +
                   std::string(wanted)};
}

Status check_names(const http::Params& params, const std::vector<std::string_view>& more) {
  std::vector<std::string_view> known(kParameters.begin(), kParameters.end());
  known.insert(known.end(), more.begin(), more.end());
  std::set<std::string_view> seen;
  for (const auto& [name, value] : params.all()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string detail = "unknown parameter " + quoted(name.substr(0, kEchoMax)) + "; known:";
      for (const auto each : known) detail.append(" ").append(each);
      return Error{Errc::kBadRequest, std::move(detail)};
    }
    if (!seen.insert(name).second) {
      return Error{Errc::kBadRequest, "the parameter " + name + " stands twice"};
    }
  }
  return Ok{};
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

/// Reads a comma-separated list of codes, each at most once.
template <class From, class Code>
Status read_codes(const http::Params& params,
                  std::string_view name,
                  std::string_view wanted,
                  From from,
                  std::vector<Code>& out) {
  const auto list = params.get(name);
  for (const auto part : split(list)) {
    const auto code = from(part);
    if (!code) return bad(name, part, wanted);
    if (std::find(out.begin(), out.end(), *code) != out.end()) {
      return bad(name, list, "each of its values once");
    }
    out.push_back(*code);
  }
  return Ok{};
}

Status read_day(const http::Params& params, std::string_view name, Day& out) {
  const auto value = params.find(name);
  if (!value) return Ok{};
  const auto day = parse_day(*value);
  if (!day) return bad(name, *value, "a day as YYYY-MM-DD");
  out = day.value();
  return Ok{};
}

Status read_known_at(const http::Params& params, Instant now, std::optional<Instant>& out) {
  const auto value = params.find("known_at");
  if (!value) return Ok{};
  const auto instant = parse_instant(*value);
  if (!instant) {
    return bad("known_at", *value, "an RFC 3339 time with an offset (a + is sent as %2B)");
  }
  // A figure as known at a future instant could not be reproduced once that instant has come.
  if (instant.value() > now) return bad("known_at", *value, "an instant that is not in the future");
  out = instant.value();
  return Ok{};
}

template <class From, class Code>
Status read_code(const http::Params& params,
                 std::string_view name,
                 std::string_view wanted,
                 From from,
                 Code& out) {
  const auto value = params.find(name);
  if (!value) return Ok{};
  const auto code = from(*value);
  if (!code) return bad(name, *value, wanted);
  out = *code;
  return Ok{};
}

Status read_codes_of(const http::Params& params, CountQuery& query) {
  if (auto unit =
          read_code(params, "unit", "reports, cards or members", count_unit_from, query.unit);
      !unit) {
    return unit;
  }
  if (auto filter = read_code(params,
                              "attributable",
                              "only, exclude or both",
                              attributable_filter_from,
                              query.attributable);
      !filter) {
    return filter;
  }
  if (auto by = read_codes(params,
                           "by",
                           "issuer, outcome, disposition, fraud_type, day or approved",
                           count_key_from,
                           query.by);
      !by) {
    return by;
  }
  return read_codes(params,
                    "outcome",
                    "identified, in_file, expiry_mismatch, predates_exposure or not_exposed",
                    outcome_from,
                    query.outcomes);
}

std::string_view unit_definition(CountUnit unit) {
  switch (unit) {
    case CountUnit::kReports:
      return "reports";
    case CountUnit::kCards:
      return "distinct card numbers with a report";
    case CountUnit::kMembers:
      return "distinct members (issuer and member reference; a card without one stands for itself) "
             "with a report";
  }
  return "";
}

std::string_view filter_definition(AttributableFilter filter) {
  switch (filter) {
    case AttributableFilter::kOnly:
      return "that the leak can have caused";
    case AttributableFilter::kExclude:
      return "that the leak cannot have caused or that does not match the exposed files";
    case AttributableFilter::kBoth:
      return "of any cause";
  }
  return "";
}

}  // namespace

Result<CountQuery> read_count_request(const http::Params& params,
                                      const Incident& incident,
                                      Instant now,
                                      const std::vector<std::string_view>& more) {
  if (auto names = check_names(params, more); !names) return names.error();
  auto zone = TimeZone::find(incident.time_zone);
  if (!zone) return zone.error();
  CountQuery query;
  query.incident = incident.id;
  query.time_zone = std::move(zone).value();
  query.since = incident.since;
  query.as_of = query.time_zone.day_of(now);
  if (auto since = read_day(params, "since", query.since); !since) return since.error();
  if (auto as_of = read_day(params, "as_of", query.as_of); !as_of) return as_of.error();
  if (query.as_of < query.since) {
    return Error{Errc::kBadRequest,
                 "as_of (" + format_day(query.as_of) + ") lies before since (" +
                     format_day(query.since) + ")"};
  }
  if (auto known = read_known_at(params, now, query.known_at); !known) return known.error();
  if (auto codes = read_codes_of(params, query); !codes) return codes.error();
  return query;
}

Result<SeriesQuery> read_series_request(const http::Params& params,
                                        const Incident& incident,
                                        Instant now) {
  SeriesQuery query;
  query.now = now;
  // What is left is read as for one figure.
  http::Params rest;
  for (const auto& [name, value] : params.all()) {
    if (name == "known_at" && value == "each") {
      query.known = SeriesKnown::kEach;
    } else {
      rest.add(name, value);
    }
  }
  auto count = read_count_request(rest, incident, now, {"step"});
  if (!count) return count.error();
  query.count = std::move(count).value();
  if (query.known == SeriesKnown::kEach && query.count.known_at) {
    return Error{Errc::kBadRequest, "the parameter known_at stands twice"};
  }
  if (auto step = read_code(params, "step", "day, week or month", series_step_from, query.step);
      !step) {
    return step.error();
  }
  return query;
}

Result<bool> read_flag(const http::Params& params, std::string_view name) {
  const auto value = params.find(name);
  if (!value || *value == "0") return false;
  if (*value == "1") return true;
  return bad(name, *value, "0 or 1");
}

std::string definition_of(const CountQuery& query) {
  std::string sentence{unit_definition(query.unit)};
  sentence += " of suspected fraud ";
  sentence += filter_definition(query.attributable);
  sentence += ", reported from " + format_day(query.since) + " to " + format_day(query.as_of) +
              " (" + query.time_zone.name() + ") and not withdrawn, ";
  sentence += query.known_at ? "known at " + format_instant(*query.known_at) : "known now";
  if (query.outcomes.empty()) return sentence;
  sentence += "; outcome";
  for (const auto outcome : query.outcomes) sentence += ' ' + std::string(cw::text(outcome));
  return sentence;
}

}  // namespace cw::desk
