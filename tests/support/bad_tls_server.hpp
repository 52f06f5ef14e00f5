#pragma once

#include "support/test_ca.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cw::test {

/// The receiver from hell: a TLS server, made of Asio and OpenSSL alone, that does to each
/// connection what a script says, without any idea of HTTP. THREAD: the script runs on `io`.
class BadTlsServer {
 public:
  /// One connection, after its handshake. Every call ends with false once the peer is gone.
  class Peer {
   public:
    virtual ~Peer() = default;
    /// Reads the head of a request and as much of a body as it announces.
    [[nodiscard]] virtual boost::asio::awaitable<bool> read_request() = 0;
    /// Reads at most this many bytes.
    [[nodiscard]] virtual boost::asio::awaitable<bool> read_some(std::size_t bytes) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string_view bytes) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<void> pause(std::chrono::milliseconds time) = 0;
    /// Ends our side of the connection below TLS, and goes on listening.
    virtual void half_close() = 0;
  };
  using Script = std::function<boost::asio::awaitable<void>(Peer& peer)>;

  struct Options {
    bool tls_1_1_only = false;
    /// Connections are left to the kernel, which takes one or two; nobody shakes hands.
    bool never_accept = false;
    std::optional<int> receive_buffer = {};  ///< Bytes of the socket's.
    bool verify_client = true;
  };

  /// `certificate` and the CA of `ca`. Throws if the port cannot be had.
  BadTlsServer(boost::asio::io_context& io,
               const TestCa& ca,
               const CertificateFiles& certificate,
               Script script,
               Options options);
  BadTlsServer(boost::asio::io_context& io,
               const TestCa& ca,
               const std::string& certificate,
               Script script)
      : BadTlsServer(io, ca, ca.files(certificate), std::move(script), Options{}) {}
  /// Accepts no more; scripts under way run on until their peer is gone.
  ~BadTlsServer();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  /// Connections whose handshake succeeded.
  [[nodiscard]] int handshakes() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cw::test
