#pragma once

#include "lib/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cw::http {

enum class PlusIs { kPlus, kSpace };

/// Nothing if an escape is broken or stands for NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, PlusIs plus);

/// For one path segment or query value: everything but RFC 3986's unreserved characters escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// "a=1&b=2". Nothing if an escape is broken.
[[nodiscard]] std::optional<Params> parse_query(std::string_view text);

}  // namespace cw::http
