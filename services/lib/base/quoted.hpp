#pragma once

#include <string>
#include <string_view>

namespace cw {

/// `text` between double quotes with the escapes of a JSON string (RFC 8259). Bytes that are not
/// UTF-8 become U+FFFD, so that the result is always valid.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace cw
