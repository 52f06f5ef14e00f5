#include "lib/http/server.hpp"

#include "lib/http/detail/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <future>

namespace cw::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

struct Server::Impl {
  Impl(const asio::any_io_executor& io, std::shared_ptr<detail::ServerCore> shared)
      : executor(io), acceptor(asio::make_strand(io)), core(std::move(shared)) {}

  [[nodiscard]] Result<std::uint16_t> bind() {
    error_code ec;
    const auto address = asio::ip::make_address(core->options.address, ec);
    if (ec) return Error{Errc::kConfigValue, "'" + core->options.address + "' is no address"};
    const tcp::endpoint endpoint(address, core->options.port);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
      return Error{Errc::kUnavailable,
                   "cannot listen on " + core->options.address + " port " +
                       std::to_string(core->options.port) + ": " + ec.message()};
    }
    return acceptor.local_endpoint().port();
  }

  static Task<void> accept_loop(std::shared_ptr<Impl> self) {
    asio::steady_timer pause(self->acceptor.get_executor());
    while (self->acceptor.is_open()) {
      auto [ec, socket] =
          co_await self->acceptor.async_accept(asio::make_strand(self->executor), detail::kTuple);
      if (ec == asio::error::operation_aborted || self->core->stopping) co_return;
      if (ec) {
        // Out of file descriptors, most likely: wait for sessions to end.
        self->core->refuse("ACCEPT", "accept_failed", {{"reason", ec.message()}});
        constexpr auto kPause = std::chrono::milliseconds{100};
        pause.expires_after(kPause);
        co_await pause.async_wait(detail::kTuple);
        continue;
      }
      const auto strand = socket.get_executor();
      asio::co_spawn(strand, detail::serve(self->core, std::move(socket)), asio::detached);
    }
  }

  asio::any_io_executor executor;
  tcp::acceptor acceptor;
  std::shared_ptr<detail::ServerCore> core;
  bool started = false;
};

Server::Server(asio::any_io_executor executor,
               ServerOptions options,
               Router router,
               std::shared_ptr<TlsContext> tls)
    : impl_(std::make_shared<Impl>(executor,
                                   std::make_shared<detail::ServerCore>(
                                       std::move(options), std::move(router), std::move(tls)))) {}

Server::~Server() {
  // Whoever destroys a started server may have stopped the executor already: nothing is awaited.
  if (!impl_->started) return;
  impl_->core->stopping = true;
  asio::post(impl_->acceptor.get_executor(), [impl = impl_] {
    error_code ignored;
    impl->acceptor.close(ignored);
  });
  impl_->core->stop_sessions(detail::ServerCore::Stop::kNow);
}

Result<std::uint16_t> Server::start() {
  auto port = impl_->bind();
  if (!port) return port;
  impl_->started = true;
  asio::co_spawn(impl_->acceptor.get_executor(), Impl::accept_loop(impl_), asio::detached);
  return port;
}

void Server::stop(std::chrono::milliseconds deadline) {
  if (!impl_->started) return;
  impl_->started = false;
  impl_->core->stopping = true;
  asio::post(impl_->acceptor.get_executor(), [impl = impl_] {
    error_code ignored;
    impl->acceptor.close(ignored);
  });
  impl_->core->stop_sessions(detail::ServerCore::Stop::kWhenIdle);
  if (impl_->core->wait_until_empty(deadline)) return;
  impl_->core->stop_sessions(detail::ServerCore::Stop::kNow);
  constexpr auto kLast = std::chrono::seconds{1};
  if (!impl_->core->wait_until_empty(kLast)) {
    impl_->core->logger.warn(
        "sessions_left", "Sessions did not end in time", {{"sessions", impl_->core->sessions()}});
  }
}

std::uint32_t Server::connections() const {
  return impl_->core->sessions();
}

}  // namespace cw::http
