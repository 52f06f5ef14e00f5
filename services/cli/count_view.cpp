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
  const auto digest = answer["digest"].text();
  return fmt::format(
      "reported {} to {} ({}), known at {}; {}; attributable: {}; scope revision {}{}\n",
      cell(answer["since"]),
      cell(answer["as_of"]),
      cell(answer["time_zone"]),
      answer["known_at"].is_null() ? "now" : cell(answer["known_at"]),
      joined(answer["outcomes"]),
      cell(answer["attributable"]),
      revision == 0 ? "none" : std::to_string(revision),
      digest ? fmt::format("; set {}", digest->substr(0, 16)) : "");
}

/// "2 days", "3 hours": how long a lag is, roughly.
std::string lag_text(std::int64_t seconds) {
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 24 * kHour;
  if (seconds >= 2 * kDay) return fmt::format("{} days", seconds / kDay);
  if (seconds >= 2 * kHour) return fmt::format("{} hours", seconds / kHour);
  return fmt::format("{} s", seconds);
}

/// The element counts of one kind of change, e.g. "2 cards, 1 members".
std::string kinds_text(codec::JsonValue kinds) {
  std::string text;
  for (const auto& [kind, count] : kinds.members()) {
    if (count.integer_or(0) == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count.integer_or(0)), kind);
  }
  return text.empty() ? "nothing" : text;
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
    terminal.print(fmt::format("{} {}\n{}{}",
                               grouped(figure),
                               cell(answer["unit"]),
                               definition(answer),
                               provisional_line(answer)));
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

std::string provisional_line(codec::JsonValue answer) {
  if (!answer["provisional"].boolean_or(false)) return "";
  if (!answer["not_heard_from"].exists()) return "provisional when it was published\n";
  std::string issuers;
  for (const auto issuer : answer["not_heard_from"].elements()) {
    issuers += issuers.empty() ? " " : "; ";
    issuers += cell(issuer["issuer"]);
    if (issuer["last_received_at"].is_null()) {
      issuers += " (never)";
      continue;
    }
    issuers += fmt::format(" (last {}, usual lag {})",
                           cell(issuer["last_received_at"]),
                           lag_text(issuer["usual_lag_seconds"].integer_or(0)));
  }
  return "provisional: not heard from since " + cell(answer["as_of"]) + ":" + issuers + "\n";
}

void print_series(Terminal& terminal, codec::JsonValue answer, std::string_view json) {
  std::vector<Column> columns{{"from"}, {"to"}, {"known at"}};
  std::vector<std::string> keys;
  for (const auto point : answer["points"].elements()) {
    if (!keys.empty()) break;
    for (const auto& [key, value] : point["rows"][std::size_t{0}].members()) {
      if (key != "count" && key != "new") keys.emplace_back(key);
    }
  }
  for (const auto& key : keys) columns.push_back({key});
  columns.push_back({cell(answer["unit"]), Align::kRight});
  columns.push_back({"new", Align::kRight});
  Table table(columns);
  for (const auto point : answer["points"].elements()) {
    const std::vector<std::string> step{
        cell(point["from"]),
        cell(point["to"]),
        point["known_at"].is_null() ? "now" : cell(point["known_at"])};
    if (keys.empty()) {
      auto cells = step;
      cells.push_back(cell(point["figure"]));
      cells.push_back(cell(point["new"]));
      table.add(std::move(cells));
    }
    for (const auto row : point["rows"].elements()) {
      auto cells = step;
      for (const auto& key : keys) cells.push_back(cell(row[key]));
      cells.push_back(cell(row["count"]));
      cells.push_back(cell(row["new"]));
      table.add(std::move(cells));
    }
  }
  terminal.print(table, json);
  if (terminal.format == OutputFormat::kTable) terminal.print(provisional_line(answer));
}

void print_figures(Terminal& terminal, codec::JsonValue figures, std::string_view json) {
  Table table({{"figure"},
               {"count", Align::kRight},
               {"unit"},
               {"as of"},
               {"known at"},
               {"scope", Align::kRight},
               {"digest"},
               {"published at"},
               {"by"},
               {"provisional"}});
  for (const auto figure : figures.elements()) {
    table.add({cell(figure["incident"]) + "/" + cell(figure["number"]),
               cell(figure["figure"]),
               cell(figure["unit"]),
               cell(figure["as_of"]),
               cell(figure["known_at"]),
               cell(figure["scope_revision"]),
               figure["digest"].text_or("-").substr(0, 16),
               cell(figure["published_at"]),
               cell(figure["by"]),
               figure["provisional"].boolean_or(false) ? "yes" : "no"});
  }
  terminal.print(table, json);
}

void print_recount(Terminal& terminal, codec::JsonValue answer, std::string_view json) {
  const bool equal = answer["equal"].boolean_or(false);
  if (terminal.format != OutputFormat::kTable) {
    Table table({{"figure"}, {"equal"}, {"published"}, {"now"}});
    table.add({cell(answer["incident"]) + "/" + cell(answer["number"]),
               equal ? "yes" : "no",
               cell(answer["figure"]["published"]),
               cell(answer["figure"]["now"])});
    return terminal.print(table, json);
  }
  terminal.print(fmt::format("{}/{}: {}\n{}\npublished {}, now {}\n",
                             cell(answer["incident"]),
                             cell(answer["number"]),
                             equal ? "equal" : "DIFFERENT",
                             cell(answer["definition"]),
                             cell(answer["figure"]["published"]),
                             cell(answer["figure"]["now"])));
  if (equal) return;
  if (answer["gained"].exists()) {
    terminal.print(fmt::format(
        "gained {}; lost {}\n", kinds_text(answer["gained"]), kinds_text(answer["lost"])));
  }
  const auto rows = answer["rows"];
  if (rows.size() == 0) return;
  std::vector<Column> columns;
  for (const auto& [key, value] : rows[std::size_t{0}].members()) {
    columns.push_back({std::string(key)});
  }
  Table table(columns);
  for (const auto row : rows.elements()) {
    std::vector<std::string> cells;
    for (const auto& [key, value] : row.members()) cells.push_back(cell(value));
    table.add(std::move(cells));
  }
  terminal.print("\n" + table.aligned());
}

}  // namespace cw::cli
