#include "desk/count_answer.hpp"

#include "desk/count_request.hpp"
#include "lib/base/hex.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/crypto/sha256.hpp"

namespace cw::desk {
namespace {

void write_query(codec::JsonWriter& writer, const CountQuery& query) {
  writer.string("unit", text(query.unit));
  writer.begin_array("outcomes");
  for (const auto outcome : query.outcomes) writer.string(text(outcome));
  writer.end_array();
  writer.string("attributable", text(query.attributable));
  writer.string("since", format_day(query.since)).string("as_of", format_day(query.as_of));
  if (query.known_at) {
    writer.string("known_at", format_instant(*query.known_at));
  } else {
    writer.null("known_at");
  }
  writer.string("time_zone", query.time_zone.name());
}

void write_offsets(codec::JsonWriter& writer, const Offsets& offsets, const CountBasis& basis) {
  writer.begin_object("offsets").begin_object("matches.v1");
  for (const auto& [partition, offset] : offsets) writer.number(std::to_string(partition), offset);
  writer.end_object().begin_object("control.v1").number("0", basis.control_offset);
  writer.end_object().end_object();
}

void write_rows(codec::JsonWriter& writer, const CountQuery& query, const CountResult& result) {
  writer.begin_array("rows");
  for (const auto& row : result.rows) {
    writer.begin_object();
    for (std::size_t i = 0; i < query.by.size(); ++i) writer.string(text(query.by[i]), row.key[i]);
    writer.number("count", row.count).end_object();
  }
  writer.end_array();
}

}  // namespace

std::string count_answer(const MatchView& matches,
                         const CountQuery& query,
                         const CountBasis& basis) {
  CountResult result;
  std::vector<std::string> set;
  const auto offsets = matches.read([&](const FactBook& facts, const Offsets& at) {
    result = count(facts, query);
    set = counted_set(facts, query);
    return at;
  });
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("incident", query.incident.get()).number("figure", result.figure);
  write_query(writer, query);
  writer.string("definition", definition_of(query));
  writer.number("scope_revision", basis.scope_revision);
  write_offsets(writer, offsets, basis);
  writer.string("digest", digest_of(set));
  write_rows(writer, query, result);
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

}  // namespace cw::desk
