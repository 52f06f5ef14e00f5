#include "lib/http/detail/session.hpp"

#include "lib/base/assert.hpp"
#include "lib/http/detail/session_body.hpp"
#include "lib/http/detail/streamed_body.hpp"
#include "lib/http/detail/tls_native.hpp"
#include "lib/http/percent.hpp"
#include "lib/http/problem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <ctime>

namespace cw::http::detail {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr auto kGoodbye = std::chrono::seconds{2};
constexpr std::size_t kDrainBytesMax = 4U << 20U;

/// IMF-fixdate of RFC 9110; strftime would follow the locale.
std::string http_date() {
  static constexpr std::array<const char*, 7> kDays = {
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t at = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&at, &parts);
  std::array<char, 40> text{};
  std::snprintf(text.data(),
                text.size(),
                "%s, %02d %s %d %02d:%02d:%02d GMT",
                kDays.at(static_cast<std::size_t>(parts.tm_wday)),
                parts.tm_mday,
                kMonths.at(static_cast<std::size_t>(parts.tm_mon)),
                parts.tm_year + 1900,
                parts.tm_hour,
                parts.tm_min,
                parts.tm_sec);
  return text.data();
}

Result<Request> to_request(const RequestParser& parser, const PeerIdentity& peer) {
  const auto& message = parser.get();
  Request request{.method = std::string{message.method_string()}, .peer = peer};
  const std::string_view target{message.target().data(), message.target().size()};
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (!request.path.starts_with('/')) return Error{Errc::kBadRequest, "the target must be a path"};
  if (mark != std::string_view::npos) {
    auto query = parse_query(target.substr(mark + 1));
    if (!query) return Error{Errc::kBadRequest, "the query has a broken escape"};
    request.query = std::move(*query);
  }
  for (const auto& field : message) {
    request.headers.add(std::string{field.name_string()}, std::string{field.value()});
  }
  return request;
}

/// One connection. Lives inside serve()'s coroutine frame. THREAD: the socket's strand.
template <class Stream>
class Session {
 public:
  Session(std::shared_ptr<ServerCore> core, Stream& stream)
      : core_(std::move(core)),
        options_(core_->options),
        stream_(stream),
        deadline_(socket_of(stream)),
        abort_(stream.get_executor(), Clock::time_point::max()),
        buffer_(options_.header_bytes_max + SessionBody<Stream>::kPieceBytes) {}

  void stop(ServerCore::Stop how) {
    if (how == ServerCore::Stop::kNow) {
      aborted_ = true;
      abort_.cancel();
    }
    error_code ignored;
    if (idle_ || aborted_) socket_of(stream_).close(ignored);
  }

  Task<void> run() {
    // No co_await in a condition: gcc 12 loses track of the temporaries there.
    bool more = true;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      more = co_await handshake();
      if (!more) co_return;
    }
    while (more) more = co_await serve_one();
    co_await say_goodbye();
  }

 private:
  Task<bool> handshake() {
    deadline_.arm(options_.handshake_timeout);
    const auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kTuple);
    const bool expired = deadline_.expired();
    deadline_.disarm();
    SSL* ssl = stream_.native_handle();
    if (!ec) {
      peer_ = peer_identity(ssl);
      co_return true;
    }
    const std::string fault = verify_fault(ssl);
    const bool certificate =
        !fault.empty() || ec.message().find("certificate") != std::string::npos;
    const Errc code = expired       ? Errc::kHandshakeTimeout
                      : certificate ? Errc::kClientCertificate
                                    : Errc::kTlsFailed;
    error_code ignored;
    const auto remote = socket_of(stream_).remote_endpoint(ignored);
    core_->refuse(std::string{name(code)},
                  "tls_refused",
                  {{"code", code},
                   {"reason", fault.empty() ? ec.message() : fault},
                   {"peer", remote.address().to_string()}});
    // With TLS 1.3 the client has already sent its request by now. Closing over unread bytes
    // would reset the connection and take our alert with it.
    co_await drain_raw();
    co_return false;
  }

  Task<void> drain_raw() {
    auto& socket = socket_of(stream_);
    error_code ec;
    socket.shutdown(asio::socket_base::shutdown_send, ec);
    std::array<char, 4096> waste{};
    deadline_.arm(kGoodbye);
    for (std::size_t total = 0; !ec && total < kDrainBytesMax;) {
      std::size_t n = 0;
      std::tie(ec, n) = co_await socket.async_read_some(asio::buffer(waste), kTuple);
      total += n;
    }
    deadline_.disarm();
  }

  /// Waits for the first byte of a request under the idle limit; false if the connection is over.
  Task<bool> await_request() {
    if (buffer_.size() > 0) co_return true;
    if (core_->stopping) co_return false;
    idle_ = true;
    deadline_.arm(options_.idle_timeout);
    constexpr std::size_t kFirstBytes = 4096;
    const auto [ec, n] = co_await stream_.async_read_some(buffer_.prepare(kFirstBytes), kTuple);
    deadline_.disarm();
    idle_ = false;
    buffer_.commit(n);
    if (ec && is_tls_fault(ec)) log_late_refusal(ec);
    co_return !ec;
  }

  static bool is_tls_fault(const error_code& ec) {
    return ec.category() == asio::error::get_ssl_category();
  }

  void log_late_refusal(const error_code& ec) {
    core_->refuse(
        "TLS_FAILED", "tls_refused", {{"code", Errc::kTlsFailed}, {"reason", ec.message()}});
  }

  Task<bool> serve_one() {
    const bool arrived = co_await await_request();
    if (!arrived) co_return false;
    const auto started = Clock::now();
    RequestParser parser;
    parser.header_limit(options_.header_bytes_max);
    parser.body_limit(boost::none);
    deadline_.arm(options_.header_timeout);
    const auto [ec, n] = co_await bhttp::async_read_header(stream_, buffer_, parser, kTuple);
    const bool expired = deadline_.expired();
    deadline_.disarm();
    if (ec) {
      const Error error = read_error(ec, expired);
      if (error.code == Errc::kConnectionLost) co_return false;
      co_return co_await refuse(error, parser);
    }
    const auto fields = std::distance(parser.get().begin(), parser.get().end());
    if (fields > static_cast<std::ptrdiff_t>(options_.headers_max)) {
      const Error error{Errc::kHeadersTooLarge,
                        "at most " + std::to_string(options_.headers_max) + " headers"};
      co_return co_await refuse(error, parser);
    }
    co_return co_await answer(parser, started);
  }

  /// The request is so broken that nothing after it can be trusted.
  Task<bool> refuse(Error error, const RequestParser& parser) {
    if (options_.probe) {
      options_.probe->refused(options_.name, std::string{name(error.code)});
    }
    unread_ = true;
    Response response = problem(error);
    co_await write(std::move(response), parser.get().version(), /*keep_alive=*/false);
    co_return false;
  }

  Task<bool> answer(RequestParser& parser, Clock::time_point started) {
    SessionBody<Stream> body({stream_, deadline_, buffer_}, parser, options_);
    std::string route_name = "none";
    Response response = co_await respond(parser, body, route_name);
    if (aborted_ || body.connection_lost()) co_return false;
    unread_ = !body.done() && !body.unsolicited();
    const bool keep_alive = parser.get().keep_alive() && body.done() && !core_->stopping;
    const int status = response.status;
    const bool written = co_await write(std::move(response), parser.get().version(), keep_alive);
    if (options_.probe) {
      options_.probe->request_done(options_.name, route_name, status, Clock::now() - started);
    }
    co_return written&& keep_alive;
  }

  Task<Response> respond(const RequestParser& parser,
                         SessionBody<Stream>& body,
                         std::string& route_name) {
    auto request = to_request(parser, peer_);
    if (!request) co_return problem(request.error());
    const auto route = core_->router.resolve(request.value());
    if (!route) {
      Response response = problem(route.error());
      if (route.error().code == Errc::kMethodNotAllowed) {
        response.headers.set("Allow", route.error().detail);
      }
      co_return response;
    }
    route_name = route.value()->path_template;
    body.limit(route.value()->options.body_bytes_max);
    co_return co_await handle(*route.value(), request.value(), body);
  }

  Task<Response> handle(const Route& route, const Request& request, SessionBody<Stream>& body) {
    using namespace asio::experimental::awaitable_operators;
    const auto outcome =
        co_await (guard(route, request, body) || watch(body, route.options.handle_timeout));
    if (outcome.index() == 0) co_return std::get<0>(outcome);
    if (aborted_) co_return problem(Errc::kUnavailable, "the service is stopping");
    core_->logger.warn_throttled(core_->throttle,
                                 "handler_timeout",
                                 "A handler took longer than its limit",
                                 {{"route", route.path_template}});
    co_return problem(Errc::kUnavailable, "the request took longer than its time limit");
  }

  /// The one catch-all of a request: operator|| waits on when one side throws.
  Task<Response> guard(const Route& route, const Request& request, SessionBody<Stream>& body) {
    std::string failure;
    try {
      co_return co_await route.handler(request, body);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    // A cancelled handler usually ends with an exception too; its time limit is logged already.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) {
      core_->logger.error("handler_failed",
                          "A handler ended with an exception",
                          {{"route", route.path_template}, {"what", failure}});
    }
    co_return problem(Errc::kInternal, "the request could not be handled");
  }

  /// Returns when the handler has had its time or the server must stop now.
  Task<void> watch(const SessionBody<Stream>& body, std::chrono::milliseconds limit) {
    while (!aborted_) {
      const auto end = body.reading() ? Clock::now() + limit : body.activity() + limit;
      if (Clock::now() >= end) co_return;
      abort_.expires_at(end);
      co_await abort_.async_wait(kTuple);
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) co_return;
    }
  }

  template <class Body>
  static bhttp::response<Body> head_of(const Response& response,
                                       unsigned version,
                                       bool keep_alive) {
    bhttp::response<Body> message{static_cast<bhttp::status>(response.status),
                                  version == 10 ? 10U : 11U};
    message.set(bhttp::field::date, http_date());
    for (const auto& [key, value] : response.headers.all()) message.insert(key, value);
    message.keep_alive(keep_alive);
    return message;
  }

  Task<bool> write(Response response, unsigned version, bool keep_alive) {
    if (response.body_source) {
      StreamedBody<Stream> body({stream_, deadline_, abort_, aborted_, options_},
                                std::move(response.body_source));
      auto head = head_of<bhttp::empty_body>(response, version, keep_alive);
      co_return co_await body.send(std::move(head));
    }
    auto message = head_of<bhttp::string_body>(response, version, keep_alive);
    message.body() = std::move(response.body);
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) message.prepare_payload();
    deadline_.arm(options_.write_timeout);
    const auto [ec, n] = co_await bhttp::async_write(stream_, message, kTuple);
    deadline_.disarm();
    co_return !ec;
  }

  /// Reads what the peer still sends, so that it can see our answer, then ends the stream.
  Task<void> say_goodbye() {
    if (aborted_ || !socket_of(stream_).is_open()) co_return;
    if (unread_) {
      error_code ec;
      deadline_.arm(kGoodbye);
      if constexpr (std::is_same_v<Stream, TcpSocket>) {
        stream_.shutdown(asio::socket_base::shutdown_send, ec);
      }
      std::vector<char> waste(SessionBody<Stream>::kPieceBytes);
      for (std::size_t total = 0; !ec && !deadline_.expired() && total < kDrainBytesMax;) {
        std::size_t n = 0;
        std::tie(ec, n) = co_await stream_.async_read_some(asio::buffer(waste), kTuple);
        total += n;
      }
      deadline_.disarm();
    }
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      deadline_.arm(kGoodbye);
      co_await stream_.async_shutdown(kTuple);
      deadline_.disarm();
    }
  }

  std::shared_ptr<ServerCore> core_;
  const ServerOptions& options_;
  Stream& stream_;
  Deadline deadline_;
  asio::steady_timer abort_;
  beast::flat_buffer buffer_;
  PeerIdentity peer_{};
  bool idle_ = false;
  bool aborted_ = false;
  bool unread_ = false;
};

template <class Stream>
Task<void> run_session(std::shared_ptr<ServerCore> core, Stream& stream) {
  auto session = std::make_shared<Session<Stream>>(core, stream);
  const auto strand = stream.get_executor();
  const std::weak_ptr<Session<Stream>> weak = session;
  const std::uint64_t id = core->enter([weak, strand](ServerCore::Stop how) {
    asio::post(strand, [weak, how] {
      if (const auto alive = weak.lock()) alive->stop(how);
    });
  });
  if (id == 0) {
    core->refuse("LIMIT_REACHED", "connections_max", {{"code", Errc::kLimitReached}});
    co_return;
  }
  try {
    co_await session->run();
  } catch (const std::exception& error) {
    core->logger.error(
        "session_failed", "A session ended with an exception", {{"what", error.what()}});
  }
  session.reset();
  core->leave(id);
}

}  // namespace

Error read_error(const error_code& ec, bool expired) {
  if (expired) return {Errc::kReadTimeout, "the sender was too slow"};
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) {
    return {Errc::kHeadersTooLarge, "the headers are too large"};
  }
  static const auto& kHttp = bhttp::make_error_code(bhttp::error::bad_version).category();
  const bool ended = ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message;
  if (ec.category() == kHttp && !ended) return {Errc::kBadRequest, ec.message()};
  return {Errc::kConnectionLost, ec.message()};
}

Task<void> serve(std::shared_ptr<ServerCore> core, TcpSocket socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (core->tls) {
    const auto native = core->tls->native(now());
    if (native == nullptr) {
      co_return core->refuse("CERTIFICATE_EXPIRED",
                             "certificate_not_valid",
                             {{"code", Errc::kCertificateExpired},
                              {"reason", "none of our certificates is valid now"}});
    }
    TlsStream stream(std::move(socket), native->context);
    co_await run_session(core, stream);
  } else {
    co_await run_session(core, socket);
  }
}

}  // namespace cw::http::detail
