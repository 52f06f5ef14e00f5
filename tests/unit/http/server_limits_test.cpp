#include "http_fixture.hpp"
#include "support/wait.hpp"

namespace cw::http {
namespace {

using namespace std::chrono_literals;

class ServerLimitsTest : public HttpTest {
 protected:
  std::string exchange(std::string_view bytes) const {
    const RawClient raw(port_);
    raw.send(bytes);
    return raw.read_to_end();
  }
};

TEST_F(ServerLimitsTest, ABodyOverTheLimitIs413EvenWhileItIsBeingSent) {
  serve(echo_router(1000));
  auto announced = request("POST", "/echo");
  announced.body = std::string(64U << 20U, 'x');
  const auto refused = send(std::move(announced));
  ASSERT_TRUE(refused.has_value()) << refused.error().detail;
  EXPECT_EQ(refused.value().status, 413);
  EXPECT_NE(refused.value().body.find("BODY_TOO_LARGE"), std::string::npos);

  auto chunked = request("POST", "/echo");
  const std::string piece(600, 'x');
  int pieces = 0;
  chunked.body_source = [&]() -> Task<Result<std::string_view>> {
    co_return pieces++ < 4 ? std::string_view{piece} : std::string_view{};
  };
  EXPECT_EQ(send(std::move(chunked)).value().status, 413);
}

TEST_F(ServerLimitsTest, TooManyOrTooLargeHeadersAre431) {
  serve(echo_router(), Mode::kPlain, {.header_bytes_max = 4096, .headers_max = 10});
  std::string many = "GET /hello HTTP/1.1\r\n";
  for (int i = 0; i < 11; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";

  EXPECT_TRUE(exchange(many + "\r\n").starts_with("HTTP/1.1 431"));
  const std::string large = "GET /hello HTTP/1.1\r\nX: " + std::string(8000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(exchange(large).starts_with("HTTP/1.1 431"));
}

TEST_F(ServerLimitsTest, ASlowHeaderIs408) {
  serve(echo_router(), Mode::kPlain, {.header_timeout = 50ms});

  EXPECT_TRUE(exchange("GET /hello HTTP/1.1\r\nHost:").starts_with("HTTP/1.1 408"));
}

TEST_F(ServerLimitsTest, ASlowBodyIs408) {
  serve(echo_router(), Mode::kPlain, {.body_timeout = 50ms});

  const std::string answer =
      exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408")) << answer;
  EXPECT_NE(answer.find("READ_TIMEOUT"), std::string::npos);
}

TEST_F(ServerLimitsTest, ASlowBodyOverTlsIs408) {
  telemetry::Registry registry;
  serve(echo_router(),
        Mode::kTls,
        {.body_timeout = 50ms, .probe = std::make_shared<ServerProbe>(registry)});
  auto post = request("POST", "/echo");
  post.content_length = 8;
  const auto answered = [&registry] {
    return registry.expose().find("status=\"408\"") != std::string::npos;
  };
  int calls = 0;
  post.body_source = [&]() -> Task<Result<std::string_view>> {
    // The second half comes when the server has lost its patience, which it must tell us.
    if (++calls == 2) {
      EXPECT_TRUE(test::wait_until(answered));
    }
    co_return calls <= 2 ? std::string_view{"half"} : std::string_view{};
  };

  const auto response = send(std::move(post));

  ASSERT_TRUE(response.has_value()) << response.error().detail;
  EXPECT_EQ(response.value().status, 408);
  server_->stop(5s);
}

TEST_F(ServerLimitsTest, AnIdleConnectionIsClosed) {
  serve(echo_router(), Mode::kPlain, {.idle_timeout = 50ms});

  EXPECT_EQ(exchange(""), "");
}

TEST_F(ServerLimitsTest, NonsenseIs400) {
  serve(echo_router(), Mode::kPlain);

  for (const char* bytes : {"\x16\x03\x01\x02 not http\r\n\r\n",
                            "GET /hello HTTP/9.9\r\n\r\n",
                            "GET hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                            "GET /hello?a=%z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                            "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                            "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const std::string answer = exchange(bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << bytes << "\n" << answer;
  }
}

TEST_F(ServerLimitsTest, NoMoreConnectionsThanAllowed) {
  serve(echo_router(), Mode::kPlain, {.connections_max = 1});
  const RawClient first(port_);
  ASSERT_TRUE(test::wait_until([&] { return server_->connections() == 1; }));

  EXPECT_EQ(exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), "");
  EXPECT_TRUE(logged("connections_max"));
  first.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(first.read_until("hello").find("200 OK"), std::string::npos);
}

}  // namespace
}  // namespace cw::http
