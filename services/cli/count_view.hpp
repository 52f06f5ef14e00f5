#pragma once

#include "cli/terminal.hpp"
#include "lib/codec/json_value.hpp"

#include <string>
#include <string_view>

namespace cw::cli {

/// Shows a figure with its definition, and its breakdown. `answer` is the document of the desk's
/// counts route, `json` its text.
void print_count(Terminal& terminal, codec::JsonValue answer, std::string_view json);

/// A line that names the issuers of which nothing has come since the as-of day; "" if the answer is
/// not provisional.
[[nodiscard]] std::string provisional_line(codec::JsonValue answer);

/// Shows the points of a series: one row a point, or a row a point and group.
void print_series(Terminal& terminal, codec::JsonValue answer, std::string_view json);

/// Shows published figures, one row each. `figures` is an array of them.
void print_figures(Terminal& terminal, codec::JsonValue figures, std::string_view json);

/// Shows what a published figure's recount gave.
void print_recount(Terminal& terminal, codec::JsonValue answer, std::string_view json);

}  // namespace cw::cli
