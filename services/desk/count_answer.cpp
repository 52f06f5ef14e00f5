#include "desk/count_answer.hpp"

#include "desk/count_request.hpp"
#include "lib/base/hex.hpp"
#include "lib/crypto/sha256.hpp"

#include <utility>

namespace cw::desk {
namespace {

void write_instant(codec::JsonWriter& writer,
                   std::string_view name,
                   const std::optional<Instant>& instant) {
  if (instant) {
    writer.string(name, format_instant(*instant));
  } else {
    writer.null(name);
  }
}

std::vector<NotHeardFrom> silent_at(const FactBook& facts,
                                    const CountQuery& query,
                                    const CountBasis& basis) {
  return not_heard_from(
      facts, basis.issuers, query.known_at, query.time_zone.end_of(query.as_of), basis.nil_returns);
}

void write_provisional(codec::JsonWriter& writer, const std::vector<NotHeardFrom>& silent) {
  writer.boolean("provisional", !silent.empty()).begin_array("not_heard_from");
  for (const auto& each : silent) {
    writer.begin_object().string("issuer", each.issuer.get());
    write_instant(writer, "last_reported_at", each.last_reported_at);
    write_instant(writer, "last_received_at", each.last_received_at);
    if (each.usual_lag) {
      writer.number("usual_lag_seconds", std::int64_t{each.usual_lag->count()});
    } else {
      writer.null("usual_lag_seconds");
    }
    write_instant(writer, "nil_until", each.nil_until);
    writer.end_object();
  }
  writer.end_array();
}

void write_rows(codec::JsonWriter& writer, const std::vector<CountKey>& by, const CountRows& rows) {
  writer.begin_array("rows");
  rows.each([&](const auto& key, std::uint64_t count) {
    writer.begin_object();
    for (std::size_t i = 0; i < by.size(); ++i) writer.string(text(by[i]), key[i]);
    writer.number("count", count).end_object();
  });
  writer.end_array();
}

void write_points(codec::JsonWriter& writer,
                  const std::vector<CountKey>& by,
                  const std::vector<SeriesPoint>& points) {
  writer.begin_array("points");
  for (const auto& point : points) {
    writer.begin_object().string("from", format_day(point.from));
    writer.string("to", format_day(point.to));
    write_instant(writer, "known_at", point.known_at);
    writer.number("figure", point.figure).number("new", point.change);
    writer.begin_array("rows");
    for (const auto& row : point.rows) {
      begin_row(writer, by, row.key);
      writer.number("count", row.count).number("new", row.change).end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array();
}

}  // namespace

CountBasis basis_of(const Control& control,
                    std::int64_t control_offset,
                    const IncidentId& incident,
                    std::optional<Instant> known_at) {
  CountBasis basis;
  basis.control_offset = control_offset;
  const auto* scope = control.scope(incident, known_at.value_or(Instant::max()));
  if (scope != nullptr) basis.scope_revision = scope->revision;
  for (const auto* issuer : control.issuers()) basis.issuers.push_back(issuer->id);
  basis.nil_returns = control.nil_returns();
  return basis;
}

Counted count_at(const MatchView& matches,
                 const CountQuery& query,
                 const CountBasis& basis,
                 Digest digest) {
  return matches.read([&](const FactBook& facts, const Offsets& offsets) {
    Counted counted;
    counted.result = count(facts, query);
    if (digest == Digest::kYes) counted.set = counted_set(facts, query);
    counted.not_heard_from = silent_at(facts, query, basis);
    counted.offsets = offsets;
    return counted;
  });
}

std::string count_answer(const MatchView& matches,
                         const CountQuery& query,
                         const CountBasis& basis,
                         Digest digest) {
  const auto counted = count_at(matches, query, basis, digest);
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("incident", query.incident.get());
  writer.number("figure", counted.result.figure);
  write_query(writer, query);
  writer.string("definition", definition_of(query));
  writer.number("scope_revision", basis.scope_revision);
  write_offsets(writer, counted.offsets, basis.control_offset);
  if (digest == Digest::kYes) writer.string("digest", digest_of(counted.set));
  write_provisional(writer, counted.not_heard_from);
  write_rows(writer, query.by, counted.result.rows);
  writer.end_object();
  return out;
}

Result<std::string> series_answer(const MatchView& matches,
                                  const SeriesQuery& query,
                                  const CountBasis& basis) {
  std::vector<NotHeardFrom> silent;
  Offsets offsets;
  const auto points = matches.read([&](const FactBook& facts, const Offsets& at) {
    offsets = at;
    silent = silent_at(facts, query.count, basis);
    return count_series(facts, query);
  });
  if (!points) return points.error();
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("incident", query.count.incident.get());
  writer.string("step", text(query.step));
  writer.string("known", query.known == SeriesKnown::kEach ? "each" : "fixed");
  write_query(writer, query.count);
  writer.number("scope_revision", basis.scope_revision);
  write_offsets(writer, offsets, basis.control_offset);
  write_provisional(writer, silent);
  write_points(writer, query.count.by, points.value());
  writer.end_object();
  return out;
}

std::string digest_of(const std::vector<std::string>& lines) {
  crypto::Sha256 hash;
  for (const auto& line : lines) {
    hash.update(line);
    hash.update("\n");
  }
  return to_hex(hash.finish());
}

void write_query(codec::JsonWriter& writer, const CountQuery& query) {
  writer.string("unit", text(query.unit));
  writer.begin_array("outcomes");
  for (const auto outcome : query.outcomes) writer.string(text(outcome));
  writer.end_array();
  writer.string("attributable", text(query.attributable));
  writer.string("since", format_day(query.since)).string("as_of", format_day(query.as_of));
  write_instant(writer, "known_at", query.known_at);
  writer.string("time_zone", query.time_zone.name());
}

void write_offsets(codec::JsonWriter& writer,
                   const Offsets& match_offsets,
                   std::int64_t control_offset) {
  writer.begin_object("offsets").begin_object("matches.v1");
  for (const auto& [partition, offset] : match_offsets) {
    writer.number(std::to_string(partition), offset);
  }
  writer.end_object().begin_object("control.v1").number("0", control_offset);
  writer.end_object().end_object();
}

void begin_row(codec::JsonWriter& writer,
               const std::vector<CountKey>& by,
               const std::vector<std::string>& key) {
  writer.begin_object();
  for (std::size_t i = 0; i < by.size(); ++i) writer.string(text(by[i]), key[i]);
}

void write_rows(codec::JsonWriter& writer,
                const std::vector<CountKey>& by,
                const std::vector<CountRow>& rows) {
  writer.begin_array("rows");
  for (const auto& row : rows) {
    begin_row(writer, by, row.key);
    writer.number("count", row.count).end_object();
  }
  writer.end_array();
}

}  // namespace cw::desk
