#pragma once

#include "lib/base/result.hpp"
#include "lib/http/task.hpp"

#include <functional>
#include <string_view>

namespace cw::http {

/// The next piece of a body that is made while it is sent, valid until the next call; empty at the
/// end. An error ends the exchange. Runs on the connection's strand.
using BodySource = std::function<Task<Result<std::string_view>>()>;

}  // namespace cw::http
