#include "http_fixture.hpp"
#include "support/wait.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace cw::http {
namespace {

using namespace std::chrono_literals;

/// A source of `pieces` pieces, which then ends, or fails with `last`.
BodySource pieces_of(std::string piece, std::size_t pieces, Status last = Ok{}) {
  struct State {
    std::string piece;
    std::size_t left;
    Status last;
  };
  const auto state = std::make_shared<State>(State{std::move(piece), pieces, std::move(last)});
  return [state]() -> Task<Result<std::string_view>> {
    if (state->left == 0) {
      if (!state->last) co_return state->last.error();
      co_return std::string_view{};
    }
    --state->left;
    co_return std::string_view{state->piece};
  };
}

Router router_of(std::function<BodySource()> source) {
  Router router;
  router.add("GET",
             "/stream",
             {},
             [source = std::move(source)](const Request&, BodyReader&) -> Task<Response> {
               Response response;
               response.headers.set("Content-Type", "text/plain");
               response.body_source = source();
               co_return response;
             });
  return router;
}

class StreamedResponseTest : public HttpTest {};

TEST_F(StreamedResponseTest, ArrivesWholeAndTheConnectionGoesOn) {
  const std::string piece(10'000, 'x');
  serve(router_of([&] { return pieces_of(piece, 100); }));
  Client client(io_.get_executor(), context(TlsContext::Role::kClient, "desk-a"));

  for (int round = 0; round < 2; ++round) {
    const auto response = send(client, request("GET", "/stream"));
    ASSERT_TRUE(response.has_value()) << response.error().detail;
    EXPECT_EQ(response.value().status, 200);
    EXPECT_EQ(response.value().body.size(), 1'000'000U);
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(StreamedResponseTest, OfNothingIsAnEmptyBody) {
  serve(router_of([] { return pieces_of("", 0); }));
  const auto response = send(request("GET", "/stream"));
  ASSERT_TRUE(response.has_value()) << response.error().detail;
  EXPECT_EQ(response.value().body, "");
}

TEST_F(StreamedResponseTest, ThatFailsInTheMiddleIsNotTakenForWhole) {
  serve(router_of([] { return pieces_of("half", 1, Error{Errc::kUnavailable, "store"}); }));
  const auto response = send(request("GET", "/stream"));
  ASSERT_FALSE(response.has_value());
}

TEST_F(StreamedResponseTest, ThatThrowsIsNotTakenForWhole) {
  serve(router_of([]() -> BodySource {
    return []() -> Task<Result<std::string_view>> {
      throw std::runtime_error("a bug");
      co_return std::string_view{};
    };
  }));
  EXPECT_FALSE(send(request("GET", "/stream")).has_value());
}

TEST_F(StreamedResponseTest, ThatStandsStillEndsAfterTheWriteTimeout) {
  const auto source = []() -> BodySource {
    return []() -> Task<Result<std::string_view>> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 60s);
      co_await timer.async_wait(boost::asio::use_awaitable);
      co_return std::string_view{};
    };
  };
  serve(router_of(source), Mode::kTls, {.write_timeout = 50ms});
  EXPECT_FALSE(send(request("GET", "/stream")).has_value());
}

TEST_F(StreamedResponseTest, ToHttp10EndsWithTheConnection) {
  serve(router_of([] { return pieces_of("piece;", 2); }), Mode::kPlain);
  const RawClient raw(port_);
  raw.send("GET /stream HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = raw.read_to_end();
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\n\r\npiece;piece;"), std::string::npos) << answer;
}

TEST_F(StreamedResponseTest, ToAClientThatReadsNothingEndsAfterTheWriteTimeout) {
  const std::string piece(1U << 20U, 'x');
  std::atomic<bool> ended{false};
  struct Guard {
    std::atomic<bool>& flag;
    ~Guard() { flag = true; }
  };
  serve(router_of([&]() -> BodySource {
          const std::shared_ptr<Guard> guard{new Guard{ended}};
          return [guard, inner = pieces_of(piece, 1000)]() { return inner(); };
        }),
        Mode::kPlain,
        {.write_timeout = 100ms});
  const RawClient raw(port_);
  raw.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(test::wait_until([&] { return ended.load(); }));
}

}  // namespace
}  // namespace cw::http
