#pragma once

#include "cli/terminal.hpp"
#include "lib/codec/json_value.hpp"

#include <string_view>

namespace cw::cli {

/// The desk's answer about silent issuers, as a table or as the JSON that came.
void print_silent(Terminal& terminal, codec::JsonValue answer, std::string_view json);

}  // namespace cw::cli
