#pragma once

#include "lib/http/detail/deadline.hpp"
#include "lib/http/message.hpp"
#include "lib/http/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <optional>
#include <string_view>

namespace cw::http::detail {

/// Sends a response whose body comes from a BodySource, in chunks: only the last, empty one tells
/// the peer that nothing is missing, so a source that fails in the middle ends the connection.
/// To an HTTP/1.0 peer the end of the connection is the end of the body.
template <class Stream>
class StreamedBody {
 public:
  using Head = boost::beast::http::response<boost::beast::http::empty_body>;

  struct Session {
    Stream& stream;
    Deadline& deadline;
    boost::asio::steady_timer& abort;  ///< Cancelled when `aborted` becomes true.
    const bool& aborted;
    const ServerOptions& options;
  };
  StreamedBody(Session session, BodySource source)
      : session_(session), source_(std::move(source)) {}

  /// False if the connection must end.
  Task<bool> send(Head head) {
    const bool chunked = head.version() != kHttp10;
    if (!chunked) head.keep_alive(false);
    head.chunked(chunked);
    boost::beast::http::response_serializer<boost::beast::http::empty_body> serializer{head};
    session_.deadline.arm(session_.options.write_timeout);
    const auto [ec, n] =
        co_await boost::beast::http::async_write_header(session_.stream, serializer, kTuple);
    session_.deadline.disarm();
    bool more = !ec;
    while (more) {
      const std::optional<std::string_view> piece = co_await next();
      if (!piece) co_return false;
      more = !piece->empty();
      const bool written = co_await write(*piece, chunked);
      if (!written) co_return false;
    }
    co_return !ec && chunked;
  }

 private:
  static constexpr unsigned kHttp10 = 10;
  using Piece = std::optional<std::string_view>;

  /// Nothing if the source failed or took longer than a write may.
  Task<Piece> next() {
    using namespace boost::asio::experimental::awaitable_operators;
    const auto outcome = co_await (ask() || expire());
    if (outcome.index() != 0) co_return std::nullopt;
    co_return std::get<0>(outcome);
  }

  Task<Piece> ask() {
    try {
      const auto piece = co_await source_();
      if (piece) co_return piece.value();
    } catch (const std::exception&) {  // Cancelled by expire(), mostly.
    }
    co_return std::nullopt;
  }

  Task<void> expire() {
    const auto end = std::chrono::steady_clock::now() + session_.options.write_timeout;
    while (!session_.aborted && std::chrono::steady_clock::now() < end) {
      session_.abort.expires_at(end);
      co_await session_.abort.async_wait(kTuple);
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
    }
  }

  Task<bool> write(std::string_view piece, bool chunked) {
    if (piece.empty() && !chunked) co_return true;
    const boost::asio::const_buffer bytes(piece.data(), piece.size());
    boost::system::error_code ec;
    session_.deadline.arm(session_.options.write_timeout);
    if (piece.empty()) {
      const auto last = boost::beast::http::make_chunk_last();
      std::tie(ec, std::ignore) = co_await boost::asio::async_write(session_.stream, last, kTuple);
    } else if (chunked) {
      const auto chunk = boost::beast::http::make_chunk(bytes);
      std::tie(ec, std::ignore) = co_await boost::asio::async_write(session_.stream, chunk, kTuple);
    } else {
      std::tie(ec, std::ignore) = co_await boost::asio::async_write(session_.stream, bytes, kTuple);
    }
    session_.deadline.disarm();
    co_return !ec;
  }

  Session session_;
  BodySource source_;
};

}  // namespace cw::http::detail
