// One request and its answer on an open connection.
#include "lib/http/detail/connection.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace cw::http::detail {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

constexpr std::string_view kUserAgent = "cardwatch";

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Status check(const ClientRequest& request) {
  bool clean = is_clean(request.url.target) && is_clean(request.method);
  for (const auto& [name, value] : request.headers.all()) {
    clean = clean && is_clean(name) && is_clean(value);
  }
  if (clean) return Ok{};
  return Error{Errc::kBadRequest, "a line break in the request's headers"};
}

std::string host_header(const Url& url) {
  const std::string endpoint = url.endpoint();
  return endpoint.substr(endpoint.find("//") + 2);
}

template <class Body>
bhttp::request<Body> make_message(const ClientRequest& request) {
  bhttp::request<Body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.url.target);
  message.set(bhttp::field::host, host_header(request.url));
  message.set(bhttp::field::user_agent, {kUserAgent.data(), kUserAgent.size()});
  for (const auto& [name, value] : request.headers.all()) message.insert(name, value);
  return message;
}

/// Performs one exchange. THREAD: the connection's strand.
template <class Stream>
class Exchanger {
 public:
  Exchanger(Stream& stream, Connection& connection, const ClientOptions& options)
      : stream_(stream), connection_(connection), options_(options), deadline_(socket_of(stream)) {}

  Task<Exchange> run(ClientRequest& request) {
    Status written = Ok{};
    // Not as one conditional expression: gcc 12 miscompiles co_await in those.
    if (request.body_source) {
      written = co_await write_stream(request);
    } else {
      written = co_await write_whole(request);
    }
    if (!written && written.error().code != Errc::kConnectionLost) {
      co_return Exchange{written.error()};
    }
    // A server that refuses a body early answers and then closes: its answer is worth more than
    // our failed write.
    Exchange outcome = co_await read(written.has_value());
    if (!written && !outcome.response) outcome.response = written.error();
    outcome.keep_alive = outcome.keep_alive && written.has_value();
    co_return outcome;
  }

 private:
  Task<Error> failure(const error_code& ec, Errc timeout, bool expired) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return Error{Errc::kCancelled, "the request was cancelled"};
    }
    if (expired) co_return Error{timeout, "the server took too long"};
    static const auto& kHttp = bhttp::make_error_code(bhttp::error::bad_version).category();
    if (ec == bhttp::error::body_limit || ec == bhttp::error::header_limit ||
        ec == bhttp::error::buffer_overflow) {
      co_return Error{Errc::kBodyTooLarge, "the answer is larger than its limit"};
    }
    const bool ended = ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message;
    if (ec.category() == kHttp && !ended) co_return Error{Errc::kResponseMalformed, ec.message()};
    // The verdict of a TLS 1.3 server on our certificate comes with the first read.
    const bool tls = ec.category() == asio::error::get_ssl_category();
    co_return Error{tls ? Errc::kTlsFailed : Errc::kConnectionLost, ec.message()};
  }

  template <class Operation>
  Task<Status> timed_write(Operation operation) {
    deadline_.arm(options_.write_timeout);
    const auto [ec, n] = co_await operation();
    const bool expired = deadline_.expired();
    deadline_.disarm();
    if (!ec || ec == bhttp::error::need_buffer) co_return Ok{};
    co_return co_await failure(ec, Errc::kWriteTimeout, expired);
  }

  Task<Status> write_whole(ClientRequest& request) {
    auto message = make_message<bhttp::string_body>(request);
    message.body() = std::move(request.body);
    message.prepare_payload();
    const auto write = [&] { return bhttp::async_write(stream_, message, kTuple); };
    const Status status = co_await timed_write(write);
    // A pooled connection may turn out to be dead; then the body is wanted once more.
    request.body = std::move(message.body());
    co_return status;
  }

  Task<Status> write_stream(ClientRequest& request) {
    auto message = make_message<bhttp::buffer_body>(request);
    if (request.content_length) {
      message.content_length(*request.content_length);
    } else {
      message.chunked(true);
    }
    message.body().data = nullptr;
    message.body().more = true;
    bhttp::request_serializer<bhttp::buffer_body> serializer(message);
    const auto write_header = [&] {
      return bhttp::async_write_header(stream_, serializer, kTuple);
    };
    Status status = co_await timed_write(write_header);
    while (status && !serializer.is_done()) {
      const auto piece = co_await request.body_source();
      if (!piece) co_return piece.error();
      std::string_view bytes = piece.value();
      // The serializer takes a mutable pointer but only reads.
      message.body().data = bytes.empty() ? nullptr : const_cast<char*>(bytes.data());
      message.body().size = bytes.size();
      message.body().more = !bytes.empty();
      const auto write = [&] { return bhttp::async_write(stream_, serializer, kTuple); };
      status = co_await timed_write(write);
      if (bytes.empty()) break;
    }
    co_return status;
  }

  Task<Exchange> read(bool request_complete) {
    constexpr auto kLateAnswer = std::chrono::seconds{1};
    deadline_.arm(request_complete ? options_.response_timeout : kLateAnswer);
    while (true) {
      bhttp::response_parser<bhttp::string_body> parser;
      parser.body_limit(options_.response_bytes_max);
      const auto [ec, n] = co_await bhttp::async_read(stream_, connection_.buffer, parser, kTuple);
      const bool informational = !ec && parser.get().result_int() / 100 == 1;
      if (informational) continue;
      const bool expired = deadline_.expired();
      deadline_.disarm();
      if (ec) {
        // Not inside the braces below: gcc 12 destroys such a temporary twice.
        const Error error = co_await failure(ec, Errc::kResponseTimeout, expired);
        Exchange outcome{error};
        outcome.nothing_received = !parser.got_some() && !expired;
        co_return outcome;
      }
      const bool keep_alive = parser.keep_alive();
      co_return Exchange{to_response(parser.release()), keep_alive};
    }
  }

  static ClientResponse to_response(bhttp::response<bhttp::string_body> message) {
    ClientResponse response{.status = static_cast<int>(message.result_int())};
    for (const auto& field : message) {
      response.headers.add(std::string{field.name_string()}, std::string{field.value()});
    }
    response.body = std::move(message.body());
    return response;
  }

  Stream& stream_;
  Connection& connection_;
  const ClientOptions& options_;
  Deadline deadline_;
};

}  // namespace

Task<Exchange> exchange(Connection& connection,
                        const ClientOptions& options,
                        ClientRequest& request) {
  const Status status = check(request);
  if (!status) co_return Exchange{status.error()};
  if (connection.tls) {
    Exchanger<TlsStream> exchanger(*connection.tls, connection, options);
    co_return co_await exchanger.run(request);
  }
  Exchanger<TcpSocket> exchanger(connection.socket, connection, options);
  co_return co_await exchanger.run(request);
}

}  // namespace cw::http::detail
