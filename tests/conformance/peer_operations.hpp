#pragma once

#include <string>
#include <string_view>

namespace cw::conformance {

/// Performs one request: {"op": name, ...}. Binary values are base64url; lists are texts with one
/// element a line, since the JSON reader of lib/crypto knows no arrays.
[[nodiscard]] std::string answer(std::string_view request);

}  // namespace cw::conformance
