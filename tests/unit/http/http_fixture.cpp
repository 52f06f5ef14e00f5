#include "http_fixture.hpp"

#include "lib/http/problem.hpp"
#include "support/wait.hpp"

#include <boost/asio/co_spawn.hpp>

#include <arpa/inet.h>
#include <array>
#include <future>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace cw::http {
namespace {

int loopback_socket(sockaddr_in& address, std::uint16_t port) {
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("socket");
  return fd;
}

}  // namespace

RawClient::RawClient(std::uint16_t port) {
  sockaddr_in address{};
  fd_ = loopback_socket(address, port);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect");
  }
}

RawClient::~RawClient() {
  ::close(fd_);
}

void RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string RawClient::read_until(std::string_view end) const {
  std::string out;
  std::array<char, 4096> buffer{};
  while (end.empty() || out.find(end) == std::string::npos) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

std::string RawClient::read_to_end() const {
  return read_until("");
}

BlackHole::BlackHole() {
  sockaddr_in address{};
  fd_ = loopback_socket(address, 0);
  socklen_t length = sizeof address;
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(fd_, 8) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("listen");
  }
  port_ = ntohs(address.sin_port);
}

BlackHole::~BlackHole() {
  ::close(fd_);
  if (open_ >= 0) ::close(open_);
}

int BlackHole::accept_request() const {
  const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::array<char, 4096> waste{};
  if (::recv(peer, waste.data(), waste.size(), 0) <= 0) throw std::runtime_error("no request");
  return peer;
}

void BlackHole::answer(std::string_view text) const {
  const int peer = accept_request();
  ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(peer);
}

void BlackHole::await_request() const {
  open_ = accept_request();
}

HttpTest::HttpTest()
    : work_(boost::asio::make_work_guard(io_)), capture_([this](std::string_view line) {
        const std::lock_guard lock(log_mutex_);
        log_ += std::string{line} + "\n";
      }) {
  for (int i = 0; i < 2; ++i) {
    threads_.emplace_back([this] { io_.run(); });
  }
}

HttpTest::~HttpTest() {
  if (server_) server_->stop(std::chrono::seconds{5});
  work_.reset();
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
}

const test::TestCa& HttpTest::ca() {
  using Kind = test::CertificateKind;
  static const test::TestCa kCa({{Kind::kServer, "intake"},
                                 {Kind::kClient, "desk-a"},
                                 {Kind::kClient, "jcb-a"},
                                 {Kind::kClient, "nobody"},
                                 {Kind::kExpired, "expired"},
                                 {Kind::kExpiredServer, "expired-server"},
                                 {Kind::kWrongName, "elsewhere"},
                                 {Kind::kStranger, "stranger"}});
  return kCa;
}

TlsFiles HttpTest::files(const std::string& name) {
  const auto pair = ca().files(name);
  return {pair.certificate.string(), pair.key.string(), ca().ca().string()};
}

std::shared_ptr<TlsContext> HttpTest::context(TlsContext::Role role, const std::string& name) {
  auto loaded = TlsContext::load(role, files(name));
  if (!loaded) throw std::runtime_error(loaded.error().detail);
  return std::move(loaded).value();
}

std::uint16_t HttpTest::serve(Router router, Mode mode, ServerOptions options) {
  tls_ = mode == Mode::kTls;
  auto tls = tls_ ? context(TlsContext::Role::kServer, "intake") : nullptr;
  server_ = std::make_unique<Server>(
      io_.get_executor(), std::move(options), std::move(router), std::move(tls));
  const auto port = server_->start();
  if (!port) throw std::runtime_error(port.error().detail);
  port_ = port.value();
  return port_;
}

ClientRequest HttpTest::request(const std::string& method, const std::string& target) const {
  return {.method = method,
          .url = {.tls = tls_, .host = "localhost", .port = port_, .target = target},
          .private_addresses = PrivateAddresses::kAllow};
}

Result<ClientResponse> HttpTest::send(Client& client, ClientRequest request) {
  std::promise<Result<ClientResponse>> promise;
  auto future = promise.get_future();
  const auto run = [](Client& sender,
                      ClientRequest what,
                      std::promise<Result<ClientResponse>>& done) -> Task<void> {
    done.set_value(co_await sender.send(std::move(what)));
  };
  boost::asio::co_spawn(
      io_, run(client, std::move(request), promise), [](const std::exception_ptr& error) {
        if (error) std::terminate();
      });
  return future.get();
}

Result<ClientResponse> HttpTest::send(ClientRequest request,
                                      ClientOptions options,
                                      const std::string& client) {
  auto tls = request.url.tls ? context(TlsContext::Role::kClient, client) : nullptr;
  Client sender(io_.get_executor(), std::move(tls), std::move(options));
  return send(sender, std::move(request));
}

bool HttpTest::logged(const std::string& text) const {
  return test::wait_until([&] {
    const std::lock_guard lock(log_mutex_);
    return log_.find(text) != std::string::npos;
  });
}

Router echo_router(std::uint64_t body_bytes_max) {
  Router router;
  router.add("POST",
             "/echo",
             {.body_bytes_max = body_bytes_max},
             [body_bytes_max](const Request&, BodyReader& body) -> Task<Response> {
               const auto text = co_await body.read_all(body_bytes_max);
               co_return text ? Response::text(200, text.value()) : problem(text.error());
             });
  router.add("GET", "/hello", {}, [](const Request& request, BodyReader&) -> Task<Response> {
    co_return Response::text(200, "hello " + request.peer.common_name);
  });
  return router;
}

}  // namespace cw::http
