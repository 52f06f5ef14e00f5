#pragma once

#include "lib/base/result.hpp"
#include "lib/http/address.hpp"
#include "lib/http/body_source.hpp"
#include "lib/http/message.hpp"
#include "lib/http/task.hpp"
#include "lib/http/tls_context.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::http {

/// Addresses (numeric) of a host name. Fails with kConnectFailed.
using Resolver = std::function<Task<Result<std::vector<std::string>>>(std::string host)>;

struct ClientOptions {
  std::chrono::milliseconds resolve_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds write_timeout = std::chrono::seconds{30};  ///< For each write.
  std::chrono::milliseconds response_timeout = std::chrono::seconds{30};
  std::uint64_t response_bytes_max = 1U << 20U;
  std::uint32_t idle_connections_max = 2;  ///< Kept open per endpoint.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{30};
  Resolver resolver = {};  ///< Empty: the system's.
};

struct ClientRequest {
  std::string method = "GET";
  Url url = {};
  Headers headers = {};
  std::string body = {};
  BodySource body_source = {};                       ///< Instead of `body`.
  std::optional<std::uint64_t> content_length = {};  ///< Of body_source; nothing: chunked.
  PrivateAddresses private_addresses = PrivateAddresses::kRefuse;
};

struct ClientResponse {
  int status = 0;
  Headers headers = {};
  std::string body = {};
};

/// HTTPS client with mutual TLS and kept-open connections per endpoint.
///
/// A redirect is an answer like any other and never followed. Nothing is retried, except that a
/// kept-open connection found closed before any byte of the answer is replaced once by a new one
/// (not with a body_source). THREAD: safe.
class Client {
 public:
  /// Without `tls` only http URLs work.
  Client(boost::asio::any_io_executor executor,
         std::shared_ptr<TlsContext> tls,
         ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Any status is a value. Fails with kResolveTimeout, kConnectTimeout, kHandshakeTimeout,
  /// kWriteTimeout, kResponseTimeout, kConnectFailed, kTlsFailed (also: the name in the server's
  /// certificate differs), kConnectionLost, kAddressForbidden, kBodyTooLarge (the answer's),
  /// kResponseMalformed, kCancelled.
  [[nodiscard]] Task<Result<ClientResponse>> send(ClientRequest request);

  /// Closes the kept-open connections, e.g. after a reload of certificates.
  void close_idle();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cw::http
