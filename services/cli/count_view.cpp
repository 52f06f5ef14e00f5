#include "cli/count_view.hpp"

#include "cli/session.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace cw::cli {
namespace {

std::string joined(codec::JsonValue list) {
  std::string text;
  for (const auto item : list.elements()) text += (text.empty() ? "" : ", ") + cell(item);
  return text.empty() ? "all outcomes" : text;
}

/// What the figure means, in the order in which a reader asks.
std::string definition(codec::JsonValue answer) {
  const auto revision = answer["scope_revision"].integer_or(0);
  return fmt::format(
      "reported {} to {} ({}), known at {}; {}; attributable: {}; scope revision {}; set {}\n",
      cell(answer["since"]),
      cell(answer["as_of"]),
      cell(answer["time_zone"]),
      answer["known_at"].is_null() ? "now" : cell(answer["known_at"]),
      joined(answer["outcomes"]),
      cell(answer["attributable"]),
      revision == 0 ? "none" : std::to_string(revision),
      answer["digest"].text_or("-").substr(0, 16));
}

Table breakdown(codec::JsonValue rows, Terminal& terminal) {
  std::vector<Column> columns;
  for (const auto& [key, value] : rows[std::size_t{0}].members()) {
    columns.push_back({std::string(key), key == "count" ? Align::kRight : Align::kLeft});
  }
  Table table(columns);
  for (const auto row : rows.elements()) {
    std::vector<std::string> cells;
    for (const auto& [key, value] : row.members()) {
      const bool pretty = key == "count" && terminal.format == OutputFormat::kTable;
      cells.push_back(pretty ? grouped(value.integer_or(0)) : cell(value));
    }
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace

void print_count(Terminal& terminal, codec::JsonValue answer, std::string_view json) {
  const auto rows = answer["rows"];
  const auto figure = answer["figure"].integer_or(0);
  if (terminal.format == OutputFormat::kTable) {
    terminal.print(
        fmt::format("{} {}\n{}", grouped(figure), cell(answer["unit"]), definition(answer)));
    if (rows.size() != 0) terminal.print("\n" + breakdown(rows, terminal).aligned());
    return;
  }
  if (rows.size() != 0) return terminal.print(breakdown(rows, terminal), json);
  Table table({{"unit"}, {"since"}, {"as_of"}, {"known_at"}, {"count", Align::kRight}});
  table.add({cell(answer["unit"]),
             cell(answer["since"]),
             cell(answer["as_of"]),
             cell(answer["known_at"]),
             std::to_string(figure)});
  terminal.print(table, json);
}

}  // namespace cw::cli
