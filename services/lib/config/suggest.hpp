#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cw::config {

/// The known word that `word` was most likely meant to be, or "" if none is near.
[[nodiscard]] std::string suggest(std::string_view word, const std::vector<std::string>& known);

}  // namespace cw::config
