#pragma once

#include "lib/http/client.hpp"
#include "lib/http/server.hpp"
#include "lib/telemetry/logger.hpp"
#include "support/test_ca.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cw::http {

/// A TCP socket that says exactly what it is told to, for what no proper client would do.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) const;
  /// Until the server closes; at most 10 s.
  [[nodiscard]] std::string read_to_end() const;
  /// Until `end` has been received; at most 10 s.
  [[nodiscard]] std::string read_until(std::string_view end) const;

 private:
  int fd_ = -1;
};

/// A port that takes connections into its backlog and never answers.
class BlackHole {
 public:
  BlackHole();
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Takes one connection, waits for a request, answers `text` and closes.
  void answer(std::string_view text) const;
  /// Returns when a request has arrived on a connection; at most 10 s.
  void await_request() const;

 private:
  [[nodiscard]] int accept_request() const;

  int fd_ = -1;
  mutable int open_ = -1;  ///< A connection that is kept until the end.
  std::uint16_t port_ = 0;
};

/// A server on a free port, two io threads, and certificates for both sides.
class HttpTest : public testing::Test {
 protected:
  HttpTest();
  ~HttpTest() override;

  static const test::TestCa& ca();
  [[nodiscard]] static TlsFiles files(const std::string& name);
  [[nodiscard]] static std::shared_ptr<TlsContext> context(TlsContext::Role role,
                                                           const std::string& name);

  enum class Mode { kPlain, kTls };
  /// Returns the port.
  std::uint16_t serve(Router router, Mode mode = Mode::kTls, ServerOptions options = {});
  /// One request from this thread, with the certificate of `client`.
  Result<ClientResponse> send(ClientRequest request,
                              ClientOptions options = {},
                              const std::string& client = "desk-a");
  Result<ClientResponse> send(Client& client, ClientRequest request);
  [[nodiscard]] ClientRequest request(const std::string& method, const std::string& target) const;
  /// Waits for a line with `text`: the client may know of a refusal before the server tells it.
  [[nodiscard]] bool logged(const std::string& text) const;

  boost::asio::io_context io_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  bool tls_ = true;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
  mutable std::mutex log_mutex_;
  std::string log_;
  telemetry::LogCapture capture_;
};

/// A route that answers 200 with what it was asked.
[[nodiscard]] Router echo_router(std::uint64_t body_bytes_max = 1U << 20U);

}  // namespace cw::http
