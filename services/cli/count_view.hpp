#pragma once

#include "cli/terminal.hpp"
#include "lib/codec/json_value.hpp"

#include <string_view>

namespace cw::cli {

/// Shows a figure with its definition, and its breakdown. `answer` is the document of the desk's
/// counts route, `json` its text.
void print_count(Terminal& terminal, codec::JsonValue answer, std::string_view json);

}  // namespace cw::cli
