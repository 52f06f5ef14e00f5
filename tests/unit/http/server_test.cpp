#include "http_fixture.hpp"
#include "lib/http/problem.hpp"
#include "support/wait.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>

namespace cw::http {
namespace {

using namespace std::chrono_literals;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

class ServerTest : public HttpTest {};

TEST_F(ServerTest, AnswersOverMutualTlsAndKnowsThePeer) {
  serve(echo_router());

  const auto response = send(request("GET", "/hello"));

  ASSERT_TRUE(response.has_value()) << response.error().detail;
  EXPECT_EQ(response.value().status, 200);
  EXPECT_EQ(response.value().body, "hello desk-a");
}

TEST_F(ServerTest, UnknownRouteIs404AndWrongMethod405WithAllow) {
  serve(echo_router());

  const auto unknown = send(request("GET", "/nothing"));
  ASSERT_TRUE(unknown.has_value());
  EXPECT_EQ(unknown.value().status, 404);
  EXPECT_NE(unknown.value().body.find("\"code\":\"ROUTE_UNKNOWN\""), std::string::npos);

  const auto method = send(request("DELETE", "/echo"));
  ASSERT_TRUE(method.has_value());
  EXPECT_EQ(method.value().status, 405);
  EXPECT_EQ(method.value().headers.find("allow"), "POST");
}

TEST_F(ServerTest, AsksForARole) {
  Router router{
      Principals(std::vector<Principal>{{.name = "desk-a", .roles = {"read"}}, {.name = "jcb-a"}})};
  router.add("GET",
             "/v1/feeds",
             {.role = "read"},
             [](const Request& request, BodyReader&) -> Task<Response> {
               co_return Response::text(200, request.principal->name);
             });
  serve(std::move(router));

  EXPECT_EQ(send(request("GET", "/v1/feeds")).value().body, "desk-a");
  const auto refused = send(request("GET", "/v1/feeds"), {}, "jcb-a");
  EXPECT_EQ(refused.value().status, 403);
  EXPECT_NE(refused.value().body.find("FORBIDDEN"), std::string::npos);
  EXPECT_EQ(send(request("GET", "/v1/feeds"), {}, "nobody").value().status, 403);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  serve(echo_router(), Mode::kPlain);
  const RawClient raw(port_);

  raw.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
      "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answers = raw.read_to_end();

  EXPECT_EQ(count(answers, "HTTP/1.1 200"), 3U) << answers;
  EXPECT_LT(answers.find("one"), answers.find("two"));
  EXPECT_LT(answers.find("two"), answers.find("hello"));
}

TEST_F(ServerTest, StreamsABodyInPieces) {
  constexpr std::size_t kBytes = 1U << 20U;
  std::atomic<std::size_t> pieces{0};
  std::atomic<std::size_t> bytes{0};
  Router router;
  router.add("PUT",
             "/file",
             {.body_bytes_max = kBytes},
             [&](const Request&, BodyReader& body) -> Task<Response> {
               EXPECT_FALSE(body.content_length().has_value());
               while (true) {
                 const auto piece = co_await body.next();
                 if (!piece) co_return problem(piece.error());
                 if (piece.value().empty()) co_return Response::empty(204);
                 ++pieces;
                 bytes += piece.value().size();
               }
             });
  serve(std::move(router));
  const std::string chunk(8U << 10U, 'x');
  std::size_t sent = 0;
  auto put = request("PUT", "/file");
  put.body_source = [&]() -> Task<Result<std::string_view>> {
    if (sent == kBytes) co_return std::string_view{};
    sent += chunk.size();
    co_return std::string_view{chunk};
  };

  const auto response = send(std::move(put));

  ASSERT_TRUE(response.has_value()) << response.error().detail;
  EXPECT_EQ(response.value().status, 204);
  EXPECT_EQ(bytes, kBytes);
  EXPECT_GT(pieces, 10U);
}

TEST_F(ServerTest, SendsContinueOnlyWhenTheHandlerReads) {
  serve(echo_router(100), Mode::kPlain);

  const RawClient good(port_);
  good.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_NE(good.read_until("\r\n\r\n").find("100 Continue"), std::string::npos);
  good.send("hello");
  EXPECT_NE(good.read_until("hello").find("200 OK"), std::string::npos);

  const RawClient large(port_);
  large.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n");
  const std::string answer = large.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
}

TEST_F(ServerTest, AnExceptionInAHandlerIsA500AndIsLoggedOnce) {
  Router router;
  router.add("GET", "/boom", {}, [](const Request&, BodyReader&) -> Task<Response> {
    throw std::runtime_error("inner detail");
    co_return Response{};
  });
  serve(std::move(router));

  const auto response = send(request("GET", "/boom"));

  EXPECT_EQ(response.value().status, 500);
  EXPECT_EQ(response.value().body.find("inner detail"), std::string::npos);
  EXPECT_TRUE(logged("inner detail"));
}

TEST_F(ServerTest, AHandlerHasATimeLimit) {
  Router router;
  router.add(
      "GET", "/slow", {.handle_timeout = 50ms}, [](const Request&, BodyReader&) -> Task<Response> {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return Response{};
      });
  serve(std::move(router));

  EXPECT_EQ(send(request("GET", "/slow")).value().status, 503);
  EXPECT_TRUE(logged("handler_timeout"));
}

TEST_F(ServerTest, StopsWithoutWaitingForIdleConnectionsButForRequests) {
  std::atomic<bool> entered{false};
  Router router = echo_router();
  router.add("GET", "/work", {}, [&](const Request&, BodyReader&) -> Task<Response> {
    entered = true;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 100ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return Response::text(200, "done");
  });
  serve(std::move(router), Mode::kPlain);
  const RawClient idle(port_);
  const RawClient busy(port_);
  busy.send("GET /work HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(test::wait_until([&] { return entered && server_->connections() == 2; }));

  server_->stop(5s);

  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_NE(busy.read_to_end().find("done"), std::string::npos);
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST_F(ServerTest, CountsRequestsByRouteAndStatus) {
  telemetry::Registry registry;
  serve(echo_router(),
        Mode::kPlain,
        {.name = "intake", .probe = std::make_shared<ServerProbe>(registry)});
  ASSERT_TRUE(send(request("GET", "/hello")).has_value());
  ASSERT_TRUE(send(request("GET", "/nothing?secret=1")).has_value());

  server_->stop(1s);

  const std::string text = registry.expose();
  EXPECT_NE(text.find("cardwatch_http_requests_total{listener=\"intake\",route=\"/hello\","
                      "status=\"200\"} 1"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("route=\"none\",status=\"404\"} 1"), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos);
}

TEST_F(ServerTest, AnAddressInUseIsAClearError) {
  serve(echo_router());
  Server second(io_.get_executor(), {.port = port_}, Router{});

  const auto port = second.start();

  ASSERT_FALSE(port.has_value());
  EXPECT_EQ(port.error().code, Errc::kUnavailable);
  EXPECT_NE(port.error().detail.find(std::to_string(port_)), std::string::npos);
}

}  // namespace
}  // namespace cw::http
