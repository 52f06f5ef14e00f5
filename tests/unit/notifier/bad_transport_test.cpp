// Receivers that are broken below HTTP. Each test: what the push counts as, the feed's state, the
// alarm, that nothing is lost, and that another issuer's delivery goes on.
#include "bad_receiver_fixture.hpp"

#include <boost/asio/connect.hpp>

namespace cw::notifier::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using cw::test::BadTlsServer;
using Peer = BadTlsServer::Peer;
using Options = BadTlsServer::Options;

asio::awaitable<void> say_nothing(Peer& peer) {
  for (bool there = true; there;) there = co_await peer.read_some(65'536);
}

class BadTransportTest : public BadReceiverTest {};

TEST_F(BadTransportTest, ConnectionRefused) {
  std::string closed;
  {
    const auto server = bad(say_nothing);
    closed = server.url();
  }
  deliver_to(closed);
  expect_failures("connection", "CONNECT_FAILED");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, BlackHoleThatTakesNoConnection) {
  const BadTlsServer server{
      io_, ca(), ca().files("issuer-server"), say_nothing, Options{.never_accept = true}};
  // What the kernel keeps waiting is full after these; the next get no answer at all.
  std::vector<asio::ip::tcp::socket> waiting;
  waiting.reserve(4);
  const asio::ip::tcp::endpoint there{asio::ip::address_v4::loopback(), server.port()};
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(io_).async_connect(there, [](const auto&) {});
  }
  deliver_to(server.url());
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; }));
  EXPECT_TRUE(last_error().starts_with("CONNECT_TIMEOUT")) << last_error();
  expect_failures("timeout", "CONNECT_TIMEOUT");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, BlackHoleThatShakesNoHands) {
  const BadTlsServer server{
      io_, ca(), ca().files("issuer-server"), say_nothing, Options{.never_accept = true}};
  config_.push.connect_timeout = 50ms;
  deliver_to(server.url());
  ASSERT_TRUE(until([this] { return last_error().starts_with("HANDSHAKE_TIMEOUT"); }))
      << last_error();
  EXPECT_TRUE(until_pushes("timeout"));
  expect_healthy_goes_on();
  expect_nothing_lost();
}

TEST_F(BadTransportTest, BlackHoleThatNeverAnswers) {
  const auto server = bad(say_nothing);
  deliver_to(server.url());
  expect_failures("timeout", "RESPONSE_TIMEOUT");
  expect_nothing_lost();
}

// Goal: a receiver that takes a byte now and then costs a time-out. Method: what the sockets hold
// between us may be more than a batch; then it is the answer that does not come.
TEST_F(BadTransportTest, SlowRead) {
  const auto read_slowly = [](Peer& peer) -> asio::awaitable<void> {
    for (bool there = true; there;) {
      there = co_await peer.read_some(1);
      co_await peer.pause(20ms);
    }
  };
  const BadTlsServer server{
      io_, ca(), ca().files("issuer-server"), read_slowly, Options{.receive_buffer = 1024}};
  deliver_to(server.url());
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; })) << last_error();
  EXPECT_TRUE(last_error().starts_with("WRITE_TIMEOUT") ||
              last_error().starts_with("RESPONSE_TIMEOUT"))
      << last_error();
  expect_failures("timeout", "");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, SlowResponse) {
  const auto server = bad([](Peer& peer) -> asio::awaitable<void> {
    bool there = co_await peer.read_request();
    if (there) there = co_await peer.write("HTTP/1.1 202 Accepted\r\nX-Slow: ");
    while (there) {
      co_await peer.pause(20ms);
      there = co_await peer.write("z");
    }
  });
  deliver_to(server.url());
  expect_failures("timeout", "RESPONSE_TIMEOUT");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, HalfClosed) {
  const auto server = bad([](Peer& peer) -> asio::awaitable<void> {
    const bool there = co_await peer.read_request();
    peer.half_close();
    if (there) co_await say_nothing(peer);
  });
  deliver_to(server.url());
  expect_failures("connection", "CONNECTION_LOST");
  expect_nothing_lost();
}

asio::awaitable<void> answer_without_end(Peer& peer, std::string head, std::string piece) {
  bool there = co_await peer.read_request();
  if (there) there = co_await peer.write(head);
  while (there) there = co_await peer.write(piece);
}

TEST_F(BadTransportTest, AGigabyteOfBodyThatIsAnnounced) {
  const auto server = bad([](Peer& peer) {
    return answer_without_end(
        peer, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", std::string(65'536, ' '));
  });
  deliver_to(server.url());
  expect_failures("malformed", "BODY_TOO_LARGE");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, AGigabyteOfBodyThatIsNotAnnounced) {
  config_.push.response_timeout = 5s;
  const auto server = bad([](Peer& peer) {
    return answer_without_end(peer, "HTTP/1.1 200 OK\r\n\r\n", std::string(65'536, ' '));
  });
  deliver_to(server.url());
  expect_failures("malformed", "BODY_TOO_LARGE");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, EndlessHeaders) {
  config_.push.response_timeout = 5s;
  const auto server = bad([](Peer& peer) {
    return answer_without_end(peer, "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n");
  });
  deliver_to(server.url());
  expect_failures("malformed", "BODY_TOO_LARGE");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, SomethingThatIsNotHttp) {
  const auto server = bad([](Peer& peer) {
    return answer_without_end(peer, "SSH-2.0-OpenSSH_9.2\r\n", "\x01\x02\x03\x04");
  });
  deliver_to(server.url());
  expect_failures("malformed", "RESPONSE_MALFORMED");
  expect_nothing_lost();
}

TEST_F(BadTransportTest, CertificateChangedToOneOfAnotherAuthority) {
  const BadTlsServer server{
      io_, ca(), other_ca().files("issuer-server"), say_nothing, Options{.verify_client = false}};
  deliver_to(server.url());
  expect_paused("tls", "TLS_FAILED");
  EXPECT_EQ(server.handshakes(), 0) << "nothing was sent to it";
  expect_nothing_lost();
}

TEST_F(BadTransportTest, CertificateExpired) {
  const auto server = bad(say_nothing, "issuer-expired");
  deliver_to(server.url());
  expect_paused("tls", "TLS_FAILED: server certificate");
  EXPECT_EQ(server.handshakes(), 0);
  expect_nothing_lost();
}

TEST_F(BadTransportTest, CertificateForAnotherName) {
  const auto server = bad(say_nothing, "elsewhere");
  deliver_to(server.url());
  expect_paused("tls", "TLS_FAILED: server certificate");
  EXPECT_EQ(server.handshakes(), 0);
  expect_nothing_lost();
}

TEST_F(BadTransportTest, OnlyTls11) {
  const BadTlsServer server{
      io_, ca(), ca().files("issuer-server"), say_nothing, Options{.tls_1_1_only = true}};
  deliver_to(server.url());
  expect_paused("tls", "TLS_FAILED");
  EXPECT_EQ(server.handshakes(), 0);
  expect_nothing_lost();
}

// Goal: an address that was fine and then points to us is not connected to, however it is written.
// Method: the name resolves as we say; the port is that of a server which would take everything.
TEST_F(BadTransportTest, AddressMovedToLoopback) {
  const auto server = bad(say_nothing);
  const auto asked = std::make_shared<std::atomic<int>>(0);
  resolver_ = [asked](std::string) -> http::Task<Result<std::vector<std::string>>> {
    const std::vector<std::string> addresses = {"127.0.0.1",
                                                "::1",
                                                "::ffff:127.0.0.1",
                                                "64:ff9b::7f00:1",
                                                "64:ff9b:1::7f00:1",
                                                "2002:7f00:1::",
                                                "169.254.169.254",
                                                "fd00::1",
                                                "100.64.0.1",
                                                "0.0.0.0"};
    const auto which = static_cast<std::size_t>((*asked)++) % addresses.size();
    co_return std::vector{addresses[which]};
  };
  auto there = settings("https://issuer.example:" + std::to_string(server.port()) + "/feeds/jcb-a");
  there.allow_private_address = false;
  deliver_to(there);
  expect_paused("address", "ADDRESS_FORBIDDEN");
  EXPECT_TRUE(until([&] { return *asked > 10; })) << "each connection looks anew";
  EXPECT_EQ(server.handshakes(), 0);
  resolver_ = {};
  EXPECT_EQ(status().figures.through, 0U);
}

}  // namespace
}  // namespace cw::notifier::test
