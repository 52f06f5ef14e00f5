#pragma once

#include "lib/http/body_reader.hpp"
#include "lib/http/detail/deadline.hpp"
#include "lib/http/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <vector>

namespace cw::http::detail {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

/// What one session's bodies need of it.
template <class Stream>
struct Wire {
  Stream& stream;
  Deadline& deadline;
  boost::beast::flat_buffer& buffer;
};

/// The error for a failed read of a request.
[[nodiscard]] Error read_error(const boost::system::error_code& ec, bool expired);

/// Reads a body from the stream on demand.
template <class Stream>
class SessionBody final : public BodyReader {
 public:
  static constexpr std::size_t kPieceBytes = 64U << 10U;

  SessionBody(Wire<Stream> wire, RequestParser& parser, const ServerOptions& options)
      : wire_(wire), parser_(parser), options_(options) {
    const auto length = parser_.content_length();
    if (length) length_ = *length;
    const auto expect = parser_.get()[boost::beast::http::field::expect];
    expects_continue_ = boost::beast::iequals(expect, "100-continue");
  }

  /// The route's limit; before the handler runs.
  void limit(std::uint64_t bytes_max) { bytes_max_ = bytes_max; }

  Task<Result<std::string_view>> next() override {
    if (failure_) co_return *failure_;
    while (!parser_.is_done()) {
      const Status status = co_await read_some();
      activity_ = std::chrono::steady_clock::now();
      if (!status) {
        failure_ = status.error();
        co_return status.error();
      }
      if (got_ > 0) co_return std::string_view{piece_.data(), got_};
    }
    co_return std::string_view{};
  }

  [[nodiscard]] std::optional<std::uint64_t> content_length() const override { return length_; }

  [[nodiscard]] bool done() const { return parser_.is_done(); }
  [[nodiscard]] bool connection_lost() const {
    return failure_ && failure_->code == Errc::kConnectionLost;
  }
  /// True if the peer holds its body back for a 100 that it did not get.
  [[nodiscard]] bool unsolicited() const { return expects_continue_; }
  /// When the handler last got something; its own time counts from here.
  [[nodiscard]] std::chrono::steady_clock::time_point activity() const { return activity_; }
  [[nodiscard]] bool reading() const { return reading_; }

 private:
  Task<Status> read_some() {
    namespace http = boost::beast::http;
    const Error too_large{Errc::kBodyTooLarge,
                          "the body may have at most " + std::to_string(bytes_max_) + " bytes"};
    if (length_.value_or(0) > bytes_max_) co_return too_large;
    if (piece_.empty()) piece_.resize(kPieceBytes);
    wire_.deadline.arm(allowance());
    reading_ = true;
    const auto started = std::chrono::steady_clock::now();
    boost::system::error_code ec;
    if (expects_continue_) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto go_ahead = boost::asio::buffer(kContinue.data(), kContinue.size());
      std::tie(ec, std::ignore) = co_await boost::asio::async_write(wire_.stream, go_ahead, kTuple);
      expects_continue_ = false;
    }
    auto& body = parser_.get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    body.more = true;
    if (!ec) {
      std::tie(ec, std::ignore) =
          co_await http::async_read_some(wire_.stream, wire_.buffer, parser_, kTuple);
    }
    const bool expired = wire_.deadline.expired();
    wire_.deadline.disarm();
    reading_ = false;
    waited_ += std::chrono::steady_clock::now() - started;
    if (ec && ec != http::error::need_buffer) co_return read_error(ec, expired);
    got_ = piece_.size() - body.size;
    received_ += got_;
    if (received_ > bytes_max_) co_return too_large;
    co_return Ok{};
  }

  /// Only the time spent waiting for the sender counts, not what the handler took in between.
  [[nodiscard]] std::chrono::milliseconds allowance() const {
    using std::chrono::milliseconds;
    const auto earned = milliseconds{received_ * 1000 / options_.body_rate_min};
    const auto left =
        options_.body_timeout + earned - std::chrono::duration_cast<milliseconds>(waited_);
    return std::max(left, milliseconds{0});
  }

  Wire<Stream> wire_;
  RequestParser& parser_;
  const ServerOptions& options_;
  std::uint64_t bytes_max_ = 0;
  std::optional<std::uint64_t> length_{};
  bool expects_continue_ = false;
  bool reading_ = false;
  std::vector<char> piece_{};
  std::size_t got_ = 0;
  std::uint64_t received_ = 0;
  std::chrono::steady_clock::duration waited_{};
  std::chrono::steady_clock::time_point activity_ = std::chrono::steady_clock::now();
  std::optional<Error> failure_{};
};

}  // namespace cw::http::detail
