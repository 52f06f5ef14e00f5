#pragma once

#include "lib/http/detail/server_core.hpp"
#include "lib/http/detail/stream.hpp"

#include <memory>

namespace cw::http::detail {

/// Serves one accepted connection until it ends. Spawn it on the socket's strand.
[[nodiscard]] Task<void> serve(std::shared_ptr<ServerCore> core, TcpSocket socket);

}  // namespace cw::http::detail
