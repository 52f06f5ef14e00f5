#include "desk/published_figures.hpp"

#include "desk/count_request.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>

namespace cw::desk {
namespace {

/// A line of counted_set() starts with the kind of its element.
constexpr std::array<std::string_view, 3> kKinds{"report", "card", "member"};

void write_figure(codec::JsonWriter& writer, const Figure& figure) {
  const auto& query = figure.definition;
  writer.begin_object().string("incident", query.incident.get()).number("number", figure.number);
  writer.number("figure", figure.figure);
  write_query(writer, query);
  writer.string("definition", definition_of(query));
  writer.number("scope_revision", figure.scope_revision);
  write_offsets(writer, figure.match_offsets, figure.control_offset);
  writer.string("digest", figure.digest).boolean("provisional", figure.provisional);
  writer.string("published_at", format_instant(figure.published_at));
  writer.string("by", figure.by.get());
  write_rows(writer, query.by, figure.rows);
  writer.end_object();
}

/// How many lines of `a` of each kind are not in `b`; both are sorted.
void write_missing(codec::JsonWriter& writer,
                   std::string_view name,
                   const std::vector<std::string>& a,
                   const std::vector<std::string>& b) {
  std::vector<std::string> missing;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(missing));
  writer.begin_object(name);
  for (const auto kind : kKinds) {
    const auto count = std::count_if(missing.begin(), missing.end(), [&](const auto& line) {
      return std::string_view{line}.substr(0, line.find(' ')) == kind;
    });
    writer.number(std::string(kind) + 's', std::int64_t{count});
  }
  writer.end_object();
}

void write_row_differences(codec::JsonWriter& writer, const Figure& figure, const Counted& now) {
  std::map<std::vector<std::string>, std::pair<std::uint64_t, std::uint64_t>> rows;
  for (const auto& row : figure.rows) rows[row.key].first = row.count;
  for (const auto& row : now.result.rows.list()) rows[row.key].second = row.count;
  writer.begin_array("rows");
  for (const auto& [key, counts] : rows) {
    if (counts.first == counts.second) continue;
    begin_row(writer, figure.definition.by, key);
    writer.number("published", counts.first).number("now", counts.second).end_object();
  }
  writer.end_array();
}

}  // namespace

Result<Figure> freeze(const CountQuery& query,
                      const CountBasis& basis,
                      const Counted& counted,
                      const Caller& caller) {
  if (counted.result.rows.size() > kFigureRowsMax) {
    return Error{Errc::kBadRequest,
                 "a published figure has at most " + std::to_string(kFigureRowsMax) +
                     " rows; break it down by less"};
  }
  Figure figure;
  figure.definition = query;
  figure.scope_revision = basis.scope_revision;
  figure.figure = counted.result.figure;
  figure.rows = counted.result.rows.list();
  figure.digest = digest_of(counted.set);
  figure.match_offsets = counted.offsets;
  figure.control_offset = basis.control_offset;
  figure.provisional = !counted.not_heard_from.empty();
  figure.published_at = caller.now;
  figure.by = caller.name;
  return figure;
}

Result<Decision> publish_figure(const Control& control, const Figure& figure) {
  const auto& incident = figure.definition.incident;
  if (control.incident(incident) == nullptr) {
    return Error{Errc::kUnknownIncident, "no incident \"" + incident.get() + '"'};
  }
  auto numbered = figure;
  const auto held = control.figures(incident);
  numbered.number = held.empty() ? 1 : held.back()->number + 1;
  return Decision{Change::kCreated, numbered.number, ControlRecord{numbered}};
}

std::string figure_document(const Figure& figure) {
  std::string out;
  codec::JsonWriter writer{out};
  write_figure(writer, figure);
  return out;
}

std::string figures_document(const Control& control, const IncidentId& incident) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  for (const auto* figure : control.figures(incident)) write_figure(writer, *figure);
  writer.end_array();
  return out;
}

bool is_equal(const Figure& figure, const Counted& now) {
  return figure.figure == now.result.figure && figure.rows == now.result.rows.list() &&
         figure.digest == digest_of(now.set);
}

std::string recount_document(const Figure& figure, const Recount& recount) {
  const auto& now = recount.now;
  const bool equal = is_equal(figure, now);
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("incident", figure.definition.incident.get());
  writer.number("number", figure.number).boolean("equal", equal);
  writer.string("definition", definition_of(figure.definition));
  writer.begin_object("figure").number("published", figure.figure);
  writer.number("now", now.result.figure).end_object();
  writer.begin_object("digest").string("published", figure.digest);
  writer.string("now", digest_of(now.set)).end_object();
  write_offsets(writer, now.offsets, figure.control_offset);
  if (!equal) write_row_differences(writer, figure, now);
  if (!equal && recount.past_set) {
    // If even the facts of then give another set, it is not these inputs that were published.
    writer.boolean("published_set_found", digest_of(*recount.past_set) == figure.digest);
    write_missing(writer, "gained", now.set, *recount.past_set);
    write_missing(writer, "lost", *recount.past_set, now.set);
  }
  writer.end_object();
  return out;
}

}  // namespace cw::desk
