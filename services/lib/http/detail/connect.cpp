// Opening a connection: resolve, check, connect, handshake.
#include "lib/http/detail/connection.hpp"
#include "lib/http/detail/tls_native.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>

namespace cw::http::detail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Addresses = std::vector<std::string>;

Task<Result<Addresses>> resolve_by_system(std::string host) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto [ec, found] = co_await resolver.async_resolve(host, "", kTuple);
  if (ec) co_return Error{Errc::kConnectFailed, "cannot resolve '" + host + "': " + ec.message()};
  Addresses out;
  for (const auto& entry : found) out.push_back(entry.endpoint().address().to_string());
  co_return out;
}

/// Shared with a look-up that may outlive our patience: getaddrinfo cannot be interrupted.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& strand) : done(strand) {}
  asio::steady_timer done;
  std::optional<Result<Addresses>> result{};
};

Task<void> look_up(std::shared_ptr<Lookup> lookup, Resolver resolver, std::string host) {
  // Not as one conditional expression: gcc 12 miscompiles co_await in those.
  if (resolver) {
    lookup->result = co_await resolver(host);
  } else {
    lookup->result = co_await resolve_by_system(host);
  }
  lookup->done.cancel();
}

Task<bool> was_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Error cancelled() {
  return {Errc::kCancelled, "the request was cancelled"};
}

Task<Result<Addresses>> resolve(const asio::any_io_executor& strand,
                                const ClientOptions& options,
                                const std::string& host) {
  error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Addresses{host};
  const auto lookup = std::make_shared<Lookup>(strand);
  lookup->done.expires_after(options.resolve_timeout);
  asio::co_spawn(strand, look_up(lookup, options.resolver, host), asio::detached);
  if (!lookup->result) co_await lookup->done.async_wait(kTuple);
  if (lookup->result) co_return std::move(*lookup->result);
  const bool given_up = co_await was_cancelled();
  if (given_up) co_return cancelled();
  co_return Error{Errc::kResolveTimeout, "no answer to the look-up of '" + host + "'"};
}

Result<Addresses> allowed_only(Addresses addresses, PrivateAddresses policy) {
  Addresses allowed;
  Error refused{Errc::kConnectFailed, "the name has no address"};
  for (std::string& address : addresses) {
    const Status status = check_address(address, policy);
    if (status) {
      allowed.push_back(std::move(address));
    } else {
      refused = status.error();
    }
  }
  if (allowed.empty()) return refused;
  return allowed;
}

Task<Result<std::unique_ptr<Connection>>> connect(const asio::any_io_executor& strand,
                                                  const ClientOptions& options,
                                                  const Addresses& addresses,
                                                  std::uint16_t port) {
  Error failure{Errc::kConnectFailed, "no address"};
  for (const std::string& address : addresses) {
    auto connection = std::make_unique<Connection>(TcpSocket{strand});
    Deadline deadline(connection->socket);
    deadline.arm(options.connect_timeout);
    const tcp::endpoint endpoint(asio::ip::make_address(address), port);
    const auto [ec] = co_await connection->socket.async_connect(endpoint, kTuple);
    const bool expired = deadline.expired();
    deadline.disarm();
    if (!ec) {
      error_code ignored;
      connection->socket.set_option(tcp::no_delay(true), ignored);
      co_return connection;
    }
    const bool given_up = co_await was_cancelled();
    if (given_up && !expired) co_return cancelled();
    const std::string where = address + " port " + std::to_string(port);
    failure = expired ? Error{Errc::kConnectTimeout, "no connection to " + where + " in time"}
                      : Error{Errc::kConnectFailed, where + ": " + ec.message()};
  }
  co_return failure;
}

Task<Status> shake_hands(Connection& connection,
                         const ClientOptions& options,
                         const std::string& host) {
  connection.tls =
      std::make_unique<TlsStream>(std::move(connection.socket), connection.native->context);
  SSL* ssl = connection.tls->native_handle();
  if (!expect_host(ssl, host)) co_return Error{Errc::kTlsFailed, "unusable host name"};
  Deadline deadline(connection.tcp());
  deadline.arm(options.handshake_timeout);
  const auto [ec] =
      co_await connection.tls->async_handshake(asio::ssl::stream_base::client, kTuple);
  const bool expired = deadline.expired();
  deadline.disarm();
  if (!ec) co_return Ok{};
  if (expired) co_return Error{Errc::kHandshakeTimeout, "no TLS handshake in time"};
  const bool given_up = co_await was_cancelled();
  if (given_up) co_return cancelled();
  const std::string fault = verify_fault(ssl);
  if (!fault.empty()) co_return Error{Errc::kTlsFailed, "server certificate: " + fault};
  // A peer that went away is not a peer whose certificate is wrong.
  const bool tls = ec.category() == asio::error::get_ssl_category();
  co_return Error{tls ? Errc::kTlsFailed : Errc::kConnectionLost, "handshake: " + ec.message()};
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> open(asio::any_io_executor strand,
                                               std::shared_ptr<TlsContext> tls,
                                               const ClientOptions& options,
                                               const ClientRequest& request) {
  const Url& url = request.url;
  if (url.tls && !tls) co_return Error{Errc::kTlsFailed, "this client has no certificate"};
  // Without a certificate to show nothing is to be reached for, not even a name looked up.
  const auto native = url.tls ? tls->native(now()) : nullptr;
  if (url.tls && !native) {
    co_return Error{Errc::kCertificateExpired, "none of our certificates is valid now"};
  }
  auto addresses = co_await resolve(strand, options, url.host);
  if (!addresses) co_return std::move(addresses).error();
  const auto allowed = allowed_only(std::move(addresses).value(), request.private_addresses);
  if (!allowed) co_return allowed.error();
  auto connection = co_await connect(strand, options, allowed.value(), url.port);
  if (!connection || !url.tls) co_return connection;
  connection.value()->native = native;
  const Status status = co_await shake_hands(*connection.value(), options, url.host);
  if (!status) co_return status.error();
  const auto ends = peer_expires_at(connection.value()->tls->native_handle());
  if (ends) tls->note_server(url.endpoint(), *ends);
  co_return connection;
}

}  // namespace cw::http::detail
