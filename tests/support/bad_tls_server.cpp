#include "support/bad_tls_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace cw::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
using Stream = asio::ssl::stream<tcp::socket>;

std::size_t content_length(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  constexpr std::string_view kName = "content-length: ";
  const auto at = head.find(kName);
  std::size_t length = 0;
  if (at == std::string::npos) return length;
  std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  return length;
}

class StreamPeer final : public BadTlsServer::Peer {
 public:
  explicit StreamPeer(Stream& stream) : stream_(stream) {}

  asio::awaitable<bool> read_request() override {
    constexpr std::string_view kEnd = "\r\n\r\n";
    auto end = buffer_.find(kEnd);
    while (end == std::string::npos) {
      const bool more = co_await read_more(4096);
      if (!more) co_return false;
      end = buffer_.find(kEnd);
    }
    const std::size_t all = end + kEnd.size() + content_length(buffer_.substr(0, end));
    while (buffer_.size() < all) {
      const bool more = co_await read_more(65'536);
      if (!more) co_return false;
    }
    buffer_.erase(0, all);
    co_return true;
  }

  asio::awaitable<bool> read_some(std::size_t bytes) override {
    const bool more = co_await read_more(bytes);
    buffer_.clear();
    co_return more;
  }

  asio::awaitable<bool> write(std::string_view bytes) override {
    const auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes), kTuple);
    co_return !ec;
  }

  asio::awaitable<void> pause(std::chrono::milliseconds time) override {
    asio::steady_timer timer{stream_.get_executor(), time};
    co_await timer.async_wait(kTuple);
  }

  void half_close() override {
    boost::system::error_code ignored;
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }

 private:
  asio::awaitable<bool> read_more(std::size_t bytes_max) {
    const std::size_t before = buffer_.size();
    buffer_.resize(before + bytes_max);
    const auto [ec, n] =
        co_await stream_.async_read_some(asio::buffer(buffer_.data() + before, bytes_max), kTuple);
    buffer_.resize(before + n);
    co_return !ec && n > 0;
  }

  Stream& stream_;
  std::string buffer_;
};

}  // namespace

struct BadTlsServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Script what, Options how)
      : io(context), acceptor(asio::make_strand(context)), script(std::move(what)), options(how) {}

  void set_up(const TestCa& ca, const CertificateFiles& files) {
    if (options.tls_1_1_only) {
      // Below the level that Debian's OpenSSL asks for, hence by its own means.
      SSL_CTX_set_security_level(tls.native_handle(), 0);
      SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_1_VERSION);
      SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
    }
    tls.use_certificate_chain_file(files.certificate.string());
    tls.use_private_key_file(files.key.string(), asio::ssl::context::pem);
    tls.load_verify_file(ca.ca().string());
    if (options.verify_client) {
      tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    const tcp::endpoint here{asio::ip::address_v4::loopback(), 0};
    acceptor.open(here.protocol());
    if (options.receive_buffer) {
      acceptor.set_option(asio::socket_base::receive_buffer_size(*options.receive_buffer));
    }
    acceptor.bind(here);
    acceptor.listen(options.never_accept ? 0 : asio::socket_base::max_listen_connections);
    port = acceptor.local_endpoint().port();
  }

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self) {
    for (;;) {
      auto [ec, socket] = co_await self->acceptor.async_accept(kTuple);
      if (ec) co_return;
      const auto strand = socket.get_executor();
      asio::co_spawn(strand, serve(self, std::move(socket)), asio::detached);
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket) {
    Stream stream{std::move(socket), self->tls};
    const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server, kTuple);
    if (ec) co_return;
    ++self->handshakes;
    StreamPeer peer{stream};
    co_await self->script(peer);
  }

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  const Script script;
  const Options options;
  std::uint16_t port = 0;
  std::atomic<int> handshakes = 0;
};

BadTlsServer::BadTlsServer(asio::io_context& io,
                           const TestCa& ca,
                           const CertificateFiles& certificate,
                           Script script,
                           Options options)
    : impl_(std::make_shared<Impl>(io, std::move(script), options)) {
  impl_->set_up(ca, certificate);
  if (options.never_accept) return;
  asio::co_spawn(impl_->acceptor.get_executor(), Impl::accept(impl_), asio::detached);
}

BadTlsServer::~BadTlsServer() {
  asio::post(impl_->acceptor.get_executor(), [impl = impl_] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
}

std::string BadTlsServer::url() const {
  return "https://localhost:" + std::to_string(impl_->port) + "/feeds/jcb-a";
}

std::uint16_t BadTlsServer::port() const {
  return impl_->port;
}

int BadTlsServer::handshakes() const {
  return impl_->handshakes;
}

}  // namespace cw::test
