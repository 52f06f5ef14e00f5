#include "lib/http/client.hpp"

#include "lib/base/assert.hpp"
#include "lib/http/detail/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <mutex>

namespace cw::http {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using ConnectionPtr = std::unique_ptr<detail::Connection>;

}  // namespace

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
  Impl(asio::any_io_executor io, std::shared_ptr<TlsContext> context, ClientOptions client_options)
      : executor(std::move(io)), tls(std::move(context)), options(std::move(client_options)) {}

  /// A connection that was refused a private address must not be had by way of the pool.
  static std::string pool_key(const ClientRequest& request) {
    const bool any = request.private_addresses == PrivateAddresses::kAllow;
    return request.url.endpoint() + (any ? " any" : " public");
  }

  ConnectionPtr take(const std::string& key) {
    const std::lock_guard lock(mutex);
    auto& idle = pool[key];
    std::erase_if(idle, [this](const ConnectionPtr& connection) {
      return Clock::now() - connection->idle_since > options.idle_timeout;
    });
    if (idle.empty()) return nullptr;
    ConnectionPtr connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }

  void put(const std::string& key, ConnectionPtr connection, unsigned of_generation) {
    const std::lock_guard lock(mutex);
    auto& idle = pool[key];
    if (of_generation != generation || idle.size() >= options.idle_connections_max) return;
    connection->idle_since = Clock::now();
    idle.push_back(std::move(connection));
  }

  /// On the strand of `connection`, or of the one it opens. (co_spawn wants a result that can be
  /// made from nothing, hence the optional.)
  static Task<std::optional<Result<ClientResponse>>> perform(std::shared_ptr<Impl> self,
                                                             asio::any_io_executor strand,
                                                             ConnectionPtr connection,
                                                             ClientRequest request) {
    // Cancellation is to come out as kCancelled, not as an exception of the next co_await.
    co_await asio::this_coro::throw_if_cancelled(false);
    const std::string key = pool_key(request);
    const unsigned generation = self->current_generation();
    if (connection) {
      detail::Exchange outcome = co_await detail::exchange(*connection, self->options, request);
      const bool stale = !outcome.response && outcome.nothing_received && !request.body_source &&
                         outcome.response.error().code == Errc::kConnectionLost;
      if (!stale) {
        if (outcome.keep_alive) self->put(key, std::move(connection), generation);
        co_return std::move(outcome.response);
      }
      connection.reset();
    }
    auto opened = co_await detail::open(strand, self->tls, self->options, request);
    if (!opened) co_return std::move(opened).error();
    connection = std::move(opened).value();
    detail::Exchange outcome = co_await detail::exchange(*connection, self->options, request);
    if (outcome.keep_alive) self->put(key, std::move(connection), generation);
    co_return std::move(outcome.response);
  }

  unsigned current_generation() {
    const std::lock_guard lock(mutex);
    return generation;
  }

  const asio::any_io_executor executor;
  const std::shared_ptr<TlsContext> tls;
  const ClientOptions options;
  std::mutex mutex;
  std::map<std::string, std::vector<ConnectionPtr>> pool;
  unsigned generation = 0;  ///< Raised by close_idle(): older connections are not kept.
};

Client::Client(asio::any_io_executor executor,
               std::shared_ptr<TlsContext> tls,
               ClientOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(tls), std::move(options))) {}

Client::~Client() = default;

Task<Result<ClientResponse>> Client::send(ClientRequest request) {
  const auto impl = impl_;
  ConnectionPtr connection = impl->take(Impl::pool_key(request));
  const asio::any_io_executor strand =
      connection ? connection->tcp().get_executor()
                 : asio::any_io_executor{asio::make_strand(impl->executor)};
  auto work = Impl::perform(impl, strand, std::move(connection), std::move(request));
  auto response = co_await asio::co_spawn(strand, std::move(work), asio::use_awaitable);
  CW_ASSERT(response.has_value());
  co_return std::move(*response);
}

void Client::close_idle() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->generation;
  impl_->pool.clear();
}

}  // namespace cw::http
