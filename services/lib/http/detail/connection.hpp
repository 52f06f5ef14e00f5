#pragma once

#include "lib/http/client.hpp"
#include "lib/http/detail/deadline.hpp"
#include "lib/http/detail/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace cw::http::detail {

/// One open connection of a client. THREAD: its strand, or nobody while it waits in the pool.
struct Connection {
  explicit Connection(TcpSocket&& plain) : socket(std::move(plain)) {}

  TcpSocket socket;                              ///< Moved into `tls` when there is one.
  std::shared_ptr<TlsContext::Native> native{};  ///< Keeps the SSL_CTX alive.
  std::unique_ptr<TlsStream> tls{};
  boost::beast::flat_buffer buffer{};
  std::chrono::steady_clock::time_point idle_since{};

  [[nodiscard]] TcpSocket& tcp() { return tls ? tls->next_layer() : socket; }
};

/// What one request and its answer came to.
struct Exchange {
  Result<ClientResponse> response;
  bool keep_alive = false;
  bool nothing_received = false;  ///< The connection ended before a byte of the answer.
};

/// Resolves, checks the addresses, connects and shakes hands, each under its own limit.
[[nodiscard]] Task<Result<std::unique_ptr<Connection>>> open(boost::asio::any_io_executor strand,
                                                             std::shared_ptr<TlsContext> tls,
                                                             const ClientOptions& options,
                                                             const ClientRequest& request);

[[nodiscard]] Task<Exchange> exchange(Connection& connection,
                                      const ClientOptions& options,
                                      ClientRequest& request);

}  // namespace cw::http::detail
