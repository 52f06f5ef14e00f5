#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cw::codec::test {

/// A file of schemas/examples.
struct Example {
  std::string name;     ///< "exposure-plain".
  std::string message;  ///< The schema it belongs to: "exposure".
  std::string json;
};

/// All of schemas/examples/<kind>, by name.
[[nodiscard]] std::vector<Example> examples(std::string_view kind);

/// Decodes `json` as `message` and encodes it again; documents that have no encoder come back as
/// they were. kNotFound for a message that has no decoder.
[[nodiscard]] Result<std::string> reencode(std::string_view message, std::string_view json);

/// With sorted keys and no blanks; for comparison.
[[nodiscard]] std::string canonical(std::string_view json);

}  // namespace cw::codec::test
