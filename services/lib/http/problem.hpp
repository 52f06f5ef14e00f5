#pragma once

#include "lib/base/result.hpp"
#include "lib/http/message.hpp"

#include <string_view>

namespace cw::http {

/// The one place where an error code becomes an HTTP status.
[[nodiscard]] int status_of(Errc code) noexcept;

/// RFC 9457 application/problem+json: type, title, status, code, detail, hint.
/// 503 and 429 carry Retry-After.
[[nodiscard]] Response problem(Errc code, std::string_view detail);
[[nodiscard]] Response problem(const Error& error);

}  // namespace cw::http
