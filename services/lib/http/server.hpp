#pragma once

#include "lib/base/result.hpp"
#include "lib/http/probe.hpp"
#include "lib/http/router.hpp"
#include "lib/http/tls_context.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace cw::http {

struct ServerOptions {
  std::string name = "listener";  ///< For logs.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free port.

  std::chrono::milliseconds handshake_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds header_timeout = std::chrono::seconds{10};
  /// Time that may be spent waiting for a body, plus one second per body_rate_min bytes received.
  std::chrono::milliseconds body_timeout = std::chrono::seconds{30};
  std::uint32_t body_rate_min = 16U << 10U;
  std::chrono::milliseconds write_timeout = std::chrono::seconds{30};
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};

  std::uint32_t header_bytes_max = 16U << 10U;
  std::uint32_t headers_max = 64;
  std::uint32_t connections_max = 1024;

  std::shared_ptr<ServerProbe> probe = nullptr;  ///< Where to count; may be left out.
};

/// HTTP/1.1 server with keep-alive. With a TlsContext every client must present a certificate of
/// the CA; without one it is plain HTTP, meant for the admin listener only.
///
/// Sessions are coroutines, each on a strand of its own; every await has a deadline. A request
/// body is never buffered whole. THREAD: start() and stop() from one thread, no io thread needed.
class Server {
 public:
  Server(boost::asio::any_io_executor executor,
         ServerOptions options,
         Router router,
         std::shared_ptr<TlsContext> tls = nullptr);
  /// Stops at once if that has not been done.
  ~Server();

  /// Binds and starts to accept; gives the port. Fails with kUnavailable (address in use, ...).
  [[nodiscard]] Result<std::uint16_t> start();

  /// Accepts no more, lets requests in progress end until `deadline`, then closes everything.
  /// Blocks; the executor must be running on other threads.
  void stop(std::chrono::milliseconds deadline);

  [[nodiscard]] std::uint32_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cw::http
