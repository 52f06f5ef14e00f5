#include "cli/replay/replay_counts.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/crypto/sha256.hpp"

#include <algorithm>
#include <string_view>

namespace cw::cli {
namespace {

Error bad(std::string_view option, std::string_view wanted) {
  return Error{Errc::kBadRequest, std::string(option) + " takes " + std::string(wanted)};
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

/// Comma-separated codes, each once.
template <class Code, class From>
bool read_codes(std::string_view list, From from, std::vector<Code>& out) {
  for (const std::string_view part : split(list)) {
    const auto code = from(part);
    if (!code || std::find(out.begin(), out.end(), *code) != out.end()) return false;
    out.push_back(*code);
  }
  return true;
}

bool read_day(const std::string& text, Day& out) {
  if (text.empty()) return true;
  const auto day = parse_day(text);
  if (day) out = day.value();
  return day.has_value();
}

Status read_days(const CountTexts& texts, CountQuery& query) {
  if (!read_day(texts.since, query.since)) return bad("--since", "a day as YYYY-MM-DD");
  if (!read_day(texts.as_of, query.as_of)) return bad("--as-of", "a day as YYYY-MM-DD");
  if (query.as_of < query.since) return bad("--as-of", "a day not before --since");
  if (texts.known_at.empty()) return Ok{};
  const auto known_at = parse_instant(texts.known_at);
  if (!known_at) return bad("--known-at", "an RFC 3339 time with an offset");
  query.known_at = known_at.value();
  return Ok{};
}

std::string digest_of(const std::vector<std::string>& lines) {
  crypto::Sha256 hash;
  for (const std::string& line : lines) {
    hash.update(line);
    hash.update("\n");
  }
  return to_hex(hash.finish());
}

void write_query(codec::JsonWriter& writer, const CountQuery& query) {
  writer.string("unit", text(query.unit)).begin_array("outcomes");
  for (const Outcome outcome : query.outcomes) writer.string(text(outcome));
  writer.end_array().string("attributable", text(query.attributable));
  writer.string("since", format_day(query.since)).string("as_of", format_day(query.as_of));
  if (query.known_at) {
    writer.string("known_at", format_instant(*query.known_at));
  } else {
    writer.null("known_at");
  }
  writer.string("time_zone", query.time_zone.name());
}

void write_inputs(codec::JsonWriter& writer, const std::vector<InputFile>& files) {
  writer.begin_array("inputs");
  for (const InputFile& file : files) {
    writer.begin_object().string("file", file.path).string("sha256", file.sha256);
    writer.number("accepted", file.accepted).number("refused", file.refused).end_object();
  }
  writer.end_array();
}

}  // namespace

Result<CountQuery> count_query(const CountTexts& texts, const Incident& incident) {
  auto zone = TimeZone::find(incident.time_zone);
  if (!zone) return std::move(zone).error();
  CountQuery query;
  query.incident = incident.id;
  query.time_zone = std::move(zone).value();
  query.since = incident.since;
  query.as_of = query.time_zone.day_of(cw::now());
  if (Status days = read_days(texts, query); !days) return std::move(days).error();
  if (!texts.unit.empty()) {
    const auto unit = count_unit_from(texts.unit);
    if (!unit) return bad("--unit", "reports, cards or members");
    query.unit = *unit;
  }
  if (!texts.attributable.empty()) {
    const auto filter = attributable_filter_from(texts.attributable);
    if (!filter) return bad("--attributable", "only, exclude or both");
    query.attributable = *filter;
  }
  if (!read_codes(texts.by, count_key_from, query.by)) {
    return bad("--by", "issuer, outcome, disposition, fraud_type, day, approved, each once");
  }
  if (!read_codes(texts.outcome, outcome_from, query.outcomes)) {
    return bad("--outcome",
               "identified, in_file, expiry_mismatch, predates_exposure, not_exposed, each once");
  }
  return query;
}

std::string count_document(const FactBook& facts,
                           const CountQuery& query,
                           const Control& control,
                           const std::vector<InputFile>& files) {
  const CountResult result = count(facts, query);
  const auto* scope = control.scope(query.incident, query.known_at.value_or(Instant::max()));
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().string("incident", query.incident.get());
  writer.number("figure", result.figure);
  write_query(writer, query);
  writer.number("scope_revision", scope == nullptr ? 0 : scope->revision);
  write_inputs(writer, files);
  writer.string("digest", digest_of(counted_set(facts, query))).begin_array("rows");
  result.rows.each([&](const auto& key, std::uint64_t count) {
    writer.begin_object();
    for (std::size_t i = 0; i < query.by.size(); ++i) writer.string(text(query.by[i]), key[i]);
    writer.number("count", count).end_object();
  });
  writer.end_array().end_object();
  return out;
}

}  // namespace cw::cli
