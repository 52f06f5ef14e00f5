#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace cw::codec {

/// The JSON Schemas of schemas/, built into the program. By the folder's name: "exposure",
/// "incident-request" ...
[[nodiscard]] std::vector<std::string_view> schema_names();
/// The schema's text; empty if there is none of that name.
[[nodiscard]] std::string_view schema_text(std::string_view name) noexcept;

/// Validates `json` against a schema. For edges and tests: the decoders check the same on their
/// own and much faster. Fails with kJsonSyntax, kSchemaViolation (JSON pointer and keyword),
/// kNotFound (no such schema) or kBodyTooLarge. THREAD: safe.
[[nodiscard]] Status validate(std::string_view schema_name, std::string_view json);

}  // namespace cw::codec
