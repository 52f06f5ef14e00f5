#include "lib/codec/figure_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/formats.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::size_t kZoneBytesMax = 256;
constexpr std::size_t kPrincipalBytesMax = 256;
constexpr std::size_t kOutcomesMax = 5;
constexpr std::size_t kPartitionsMax = 10'000;

/// Codes of an array, each at most once.
template <class Code, class From>
void read_codes(const ObjectReader& object,
                std::string_view key,
                std::size_t max,
                From from,
                std::vector<Code>& out) {
  object.each(key, max, [&](const Node& node, const Path& path) {
    const auto code = node.IsString() ? from(view(node)) : decltype(from(view(node))){};
    if (!code || std::find(out.begin(), out.end(), *code) != out.end()) {
      return object.failure().violation(path, "one of the codes of its schema, once");
    }
    out.push_back(*code);
  });
}

CountRow read_row(const Node& node, const Path& path, std::size_t keys, Failure& failure) {
  const ObjectReader object(node, path, failure);
  CountRow row;
  object.each("key", CountQuery::kKeysMax, [&](const Node& part, const Path& place) {
    if (!part.IsString()) return failure.violation(place, "a text");
    row.key.emplace_back(view(part));
  });
  if (!failure.error && row.key.size() != keys) {
    object.violation("key", "one text for each key of the breakdown");
  }
  row.count = object.number("count", 1);
  return row;
}

CountQuery read_definition(const ObjectReader& object) {
  CountQuery query;
  query.incident = IncidentId{object.id("incident")};
  query.unit = object.code("unit", count_unit_from);
  read_codes(object, "outcomes", kOutcomesMax, outcome_from, query.outcomes);
  query.attributable = object.code("attributable", attributable_filter_from);
  query.since = object.day("since");
  query.as_of = object.day("as_of");
  query.known_at = object.instant("known_at");
  const auto zone = object.text("time_zone", {1, kZoneBytesMax});
  if (auto found = TimeZone::find(zone)) {
    query.time_zone = std::move(found).value();
  } else if (!zone.empty()) {
    object.violation("time_zone", "a time zone that is known here");
  }
  read_codes(object, "breakdown", CountQuery::kKeysMax, count_key_from, query.by);
  return query;
}

}  // namespace

Figure read_figure(const ObjectReader& object) {
  Figure figure;
  figure.number = object.number32("number", 1);
  figure.definition = read_definition(object);
  figure.scope_revision = object.number32("scope_revision", 0);
  figure.figure = object.number("figure", 0);
  const auto keys = figure.definition.by.size();
  object.each("rows", kFigureRowsMax, [&](const Node& node, const Path& path) {
    figure.rows.push_back(read_row(node, path, keys, object.failure()));
  });
  figure.digest = object.text("digest");
  if (!is_hex256(figure.digest)) object.violation("digest", "64 lower-case hex characters");
  object.each("match_offsets", kPartitionsMax, [&](const Node& node, const Path& path) {
    const ObjectReader place(node, path, object.failure());
    const auto partition = static_cast<std::int32_t>(place.number("partition", 0, kPartitionsMax));
    figure.match_offsets[partition] = static_cast<std::int64_t>(place.number("offset", 0));
  });
  figure.control_offset = static_cast<std::int64_t>(object.number("control_offset", 0));
  figure.provisional = object.flag("provisional");
  figure.published_at = object.instant("published_at");
  figure.by = Principal{std::string(object.text("by", {1, kPrincipalBytesMax}))};
  return figure;
}

void write_figure(JsonWriter& writer, const Figure& figure) {
  const auto& query = figure.definition;
  writer.string("incident", query.incident.get()).number("number", figure.number);
  writer.string("unit", text(query.unit)).begin_array("outcomes");
  for (const auto outcome : query.outcomes) writer.string(text(outcome));
  writer.end_array().string("attributable", text(query.attributable));
  write(writer, "since", query.since);
  write(writer, "as_of", query.as_of);
  write(writer, "known_at", query.known_at.value_or(figure.published_at));
  writer.string("time_zone", query.time_zone.name()).begin_array("breakdown");
  for (const auto key : query.by) writer.string(text(key));
  writer.end_array().number("scope_revision", figure.scope_revision);
  writer.number("figure", figure.figure).begin_array("rows");
  for (const auto& row : figure.rows) {
    writer.begin_object().begin_array("key");
    for (const auto& part : row.key) writer.string(part);
    writer.end_array().number("count", row.count).end_object();
  }
  writer.end_array().string("digest", figure.digest).begin_array("match_offsets");
  for (const auto& [partition, offset] : figure.match_offsets) {
    writer.begin_object().number("partition", partition).number("offset", offset).end_object();
  }
  writer.end_array().number("control_offset", figure.control_offset);
  writer.boolean("provisional", figure.provisional);
  write(writer, "published_at", figure.published_at);
  writer.string("by", figure.by.get());
}

}  // namespace cw::codec
