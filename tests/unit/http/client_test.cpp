#include "http_fixture.hpp"
#include "lib/http/blocking.hpp"
#include "lib/http/problem.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace cw::http {
namespace {

using namespace std::chrono_literals;

class ClientTest : public HttpTest {
 protected:
  Errc failure(ClientRequest what, ClientOptions options = {}) {
    const auto response = send(std::move(what), std::move(options));
    return response ? Errc::kInternal : response.error().code;
  }

  ClientRequest to_port(std::uint16_t port, bool tls) {
    port_ = port;
    tls_ = tls;
    return request("GET", "/");
  }
};

TEST_F(ClientTest, AResolverThatNeverAnswersIsAResolveTimeout) {
  ClientOptions options{.resolve_timeout = 50ms};
  options.resolver = [](std::string) -> Task<Result<std::vector<std::string>>> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 200ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return std::vector<std::string>{"127.0.0.1"};
  };

  EXPECT_EQ(failure(request("GET", "/"), options), Errc::kResolveTimeout);
}

// Goal: a connect that nobody answers. Method: fill the backlog of a socket that never accepts,
// then the kernel leaves further SYNs without an answer.
TEST_F(ClientTest, AFullBacklogIsAConnectTimeout) {
  const BlackHole hole;
  std::vector<std::unique_ptr<RawClient>> fillers;
  for (int i = 0; i < 9; ++i) fillers.push_back(std::make_unique<RawClient>(hole.port()));

  EXPECT_EQ(failure(to_port(hole.port(), false), {.connect_timeout = 100ms}),
            Errc::kConnectTimeout);
}

TEST_F(ClientTest, ASilentServerIsAHandshakeTimeout) {
  const BlackHole hole;

  EXPECT_EQ(failure(to_port(hole.port(), true), {.handshake_timeout = 50ms}),
            Errc::kHandshakeTimeout);
}

TEST_F(ClientTest, AServerThatDoesNotReadIsAWriteTimeout) {
  const BlackHole hole;
  auto post = to_port(hole.port(), false);
  post.method = "POST";
  post.body = std::string(64U << 20U, 'x');

  EXPECT_EQ(failure(std::move(post), {.write_timeout = 100ms}), Errc::kWriteTimeout);
}

TEST_F(ClientTest, AServerThatDoesNotAnswerIsAResponseTimeout) {
  const BlackHole hole;

  EXPECT_EQ(failure(to_port(hole.port(), false), {.response_timeout = 50ms}),
            Errc::kResponseTimeout);
}

TEST_F(ClientTest, AClosedPortIsConnectFailed) {
  std::uint16_t port = 0;
  {
    const BlackHole gone;
    port = gone.port();
  }

  EXPECT_EQ(failure(to_port(port, true)), Errc::kConnectFailed);
}

TEST_F(ClientTest, PrivateAddressesAreRefusedUnlessAllowed) {
  serve(echo_router());
  auto get = request("GET", "/hello");
  get.private_addresses = PrivateAddresses::kRefuse;
  EXPECT_EQ(failure(get), Errc::kAddressForbidden);

  ClientOptions rebinding;
  rebinding.resolver = [](std::string) -> Task<Result<std::vector<std::string>>> {
    co_return std::vector<std::string>{"::ffff:127.0.0.1", "10.0.0.1"};
  };
  get.url.host = "issuer.example";
  EXPECT_EQ(failure(get, rebinding), Errc::kAddressForbidden) << "the address counts, not the name";
}

TEST_F(ClientTest, APooledPrivateConnectionIsNotLentToARequestThatMayNotHaveIt) {
  serve(echo_router());
  Client client(io_.get_executor(), context(TlsContext::Role::kClient, "desk-a"));
  ASSERT_TRUE(send(client, request("GET", "/hello")).has_value());
  auto get = request("GET", "/hello");
  get.private_addresses = PrivateAddresses::kRefuse;

  EXPECT_EQ(send(client, get).error().code, Errc::kAddressForbidden);
}

TEST_F(ClientTest, AnAnswerOverTheCapIsRefused) {
  Router router;
  router.add("GET", "/large", {}, [](const Request&, BodyReader&) -> Task<Response> {
    co_return Response::text(200, std::string(5000, 'x'));
  });
  serve(std::move(router));

  EXPECT_EQ(failure(request("GET", "/large"), {.response_bytes_max = 4999}), Errc::kBodyTooLarge);
  EXPECT_EQ(send(request("GET", "/large"), {.response_bytes_max = 5000}).value().body.size(),
            5000U);
}

TEST_F(ClientTest, ARedirectIsAnAnswerAndNotFollowed) {
  std::atomic<int> followed{0};
  Router router;
  router.add("GET", "/from", {}, [](const Request&, BodyReader&) -> Task<Response> {
    Response response = Response::empty(307);
    response.headers.set("Location", "/to");
    co_return response;
  });
  router.add("GET", "/to", {}, [&followed](const Request&, BodyReader&) -> Task<Response> {
    ++followed;
    co_return Response{};
  });
  serve(std::move(router));

  EXPECT_EQ(send(request("GET", "/from")).value().status, 307);
  EXPECT_EQ(followed, 0);
}

TEST_F(ClientTest, KeepsConnectionsOpenAndReplacesADeadOne) {
  serve(echo_router(), Mode::kPlain, {.idle_timeout = 100ms});
  Client client(io_.get_executor(), nullptr);
  ASSERT_TRUE(send(client, request("GET", "/hello")).has_value());
  ASSERT_TRUE(send(client, request("GET", "/hello")).has_value());
  EXPECT_EQ(server_->connections(), 1U) << "the second request used the first one's connection";

  server_->stop(1s);
  const std::uint16_t port = port_;
  serve(echo_router(), Mode::kPlain, {.port = port});
  auto post = request("POST", "/echo");
  post.body = "again";
  EXPECT_EQ(send(client, std::move(post)).value().body, "again");
}

TEST_F(ClientTest, AnErrorOfTheBodySourceEndsTheRequest) {
  serve(echo_router());
  auto post = request("POST", "/echo");
  post.body_source = []() -> Task<Result<std::string_view>> {
    co_return Error{Errc::kFileRead, "disk"};
  };

  EXPECT_EQ(failure(std::move(post)), Errc::kFileRead);
}

TEST_F(ClientTest, AHeaderCannotSmuggleInAnother) {
  serve(echo_router());
  auto get = request("GET", "/hello");
  get.headers.set("X", "a\r\nInjected: 1");

  EXPECT_EQ(failure(std::move(get)), Errc::kBadRequest);
}

TEST_F(ClientTest, ANonsenseAnswerIsMalformed) {
  const BlackHole hole;
  std::thread server([&hole] { hole.answer("ROCKET 9000\r\n\r\n"); });

  EXPECT_EQ(failure(to_port(hole.port(), false)), Errc::kResponseMalformed);
  server.join();
}

TEST_F(ClientTest, AHalfAnswerIsAConnectionLost) {
  const BlackHole hole;
  std::thread server([&hole] { hole.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive"); });

  EXPECT_EQ(failure(to_port(hole.port(), false)), Errc::kConnectionLost);
  server.join();
}

TEST_F(ClientTest, RunsOnAnIoContextOfItsOwn) {
  serve(echo_router());
  boost::asio::io_context io;
  Client client(io.get_executor(), context(TlsContext::Role::kClient, "desk-a"));

  const auto response = run_blocking(io, client.send(request("GET", "/hello")));

  EXPECT_EQ(response.value().body, "hello desk-a");
}

TEST_F(ClientTest, ARequestCanBeCancelled) {
  const BlackHole hole;
  Client client(io_.get_executor(), nullptr);
  std::promise<Errc> promise;
  const auto run = [](Client& sender, ClientRequest what, std::promise<Errc>& done) -> Task<void> {
    const auto response = co_await sender.send(std::move(what));
    done.set_value(response ? Errc::kInternal : response.error().code);
  };
  const auto strand = boost::asio::make_strand(io_);
  boost::asio::cancellation_signal signal;
  boost::asio::co_spawn(strand,
                        run(client, to_port(hole.port(), false), promise),
                        boost::asio::bind_cancellation_slot(signal.slot(), boost::asio::detached));
  hole.await_request();

  boost::asio::post(strand, [&] { signal.emit(boost::asio::cancellation_type::terminal); });

  EXPECT_EQ(promise.get_future().get(), Errc::kCancelled);
}

}  // namespace
}  // namespace cw::http
