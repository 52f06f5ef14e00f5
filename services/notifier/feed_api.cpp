#include "notifier/feed_api.hpp"

#include "lib/codec/json_value.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/http/problem.hpp"
#include "notifier/set_aside_retry.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using http::BodyReader;
using http::Request;
using http::Response;
using http::Task;

// Below the router's own limit, so that a caller gets an answer that says how things are.
constexpr std::chrono::milliseconds kPatience = 20s;
constexpr std::size_t kBodyBytesMax = 16U << 10U;
constexpr std::size_t kReasonBytesMax = 256;
constexpr std::size_t kListedMax = 1000;
constexpr std::string_view kFeeds = "/v1/feeds";

/// The JSON object of a request; an empty body is an empty object.
struct OrderBody {
  std::string reason = {};
  std::optional<std::uint64_t> after = {};
};

Result<OrderBody> parse_body(std::string_view text) {
  OrderBody body;
  if (text.empty()) return body;
  const auto document = codec::JsonDocument::parse(text);
  if (!document) return document.error();
  const auto root = document.value().root();
  if (!root.is_object()) return Error{Errc::kSchemaViolation, "the body is not a JSON object"};
  for (const auto& [name, value] : root.members()) {
    if (name == "reason" && value.text() && value.text()->size() <= kReasonBytesMax) {
      body.reason = *value.text();
    } else if (name == "after" && value.unsigned_integer()) {
      body.after = value.unsigned_integer();
    } else {
      return Error{Errc::kSchemaViolation,
                   "only `reason` (a text of at most 256 bytes) and, for a replay, `after` (a seq) "
                   "are known"};
    }
  }
  return body;
}

Task<Result<OrderBody>> read_body(BodyReader& body) {
  const auto text = co_await body.read_all(kBodyBytesMax);
  if (!text) co_return text.error();
  co_return parse_body(text.value());
}

std::string principal(const Request& request) {
  return request.principal == nullptr ? std::string{} : request.principal->name;
}

/// What a worker did about an order, told to whoever asked.
Response answer(const std::optional<Status>& outcome, const DeliveryWorker& worker) {
  if (outcome && !*outcome) return http::problem(outcome->error());
  return Response::json(outcome ? 200 : 202, to_json(worker.status()));
}

/// A value that arrives from another strand.
template <class T>
class Arrival {
 public:
  explicit Arrival(asio::any_io_executor executor) : timer_(std::move(executor)) {}

  /// Once, from anywhere.
  static void bring(const std::shared_ptr<Arrival>& self, T value) {
    asio::post(self->timer_.get_executor(), [self, value = std::move(value)]() mutable {
      self->value_ = std::move(value);
      self->timer_.cancel();
    });
  }

  /// On the executor's strand.
  static Task<std::optional<T>> wait(std::shared_ptr<Arrival> self,
                                     std::chrono::milliseconds patience) {
    self->timer_.expires_after(patience);
    if (!self->value_) co_await self->timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return self->value_;
  }

 private:
  asio::steady_timer timer_;
  std::optional<T> value_;
};

std::uint64_t number(std::string_view text, std::uint64_t otherwise) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? value
                                                                                   : otherwise;
}

std::string retry_json(const IssuerId& issuer, const SetAsideRetry::Figures& figures) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("issuer", issuer.get()).number("offered", figures.offered);
  writer.number("taken", figures.taken).number("refused", figures.refused);
  writer.number("unsendable", figures.unsendable).end_object();
  return out;
}

}  // namespace

void FeedApi::add(http::Router& router,
                  std::string method,
                  const std::string& path,
                  std::string role,
                  Handle handle) const {
  router.add(std::move(method),
             std::string{kFeeds} + path,
             {.role = std::move(role), .body_bytes_max = kBodyBytesMax},
             [this, handle](const Request& request, BodyReader& body) {
               return (this->*handle)(request, body);
             });
}

void FeedApi::add_state_route(http::Router& router,
                              const std::string& verb,
                              FeedOrder::Kind kind) const {
  router.add("POST",
             std::string{kFeeds} + "/{issuer}/" + verb,
             {.role = "feed", .body_bytes_max = kBodyBytesMax},
             [this, kind](const Request& request, BodyReader& body) {
               return change(kind, request, body);
             });
}

void FeedApi::add_routes(http::Router& router) const {
  add(router, "GET", "", "read", &FeedApi::list);
  add(router, "GET", "/{issuer}", "read", &FeedApi::show);
  add_state_route(router, "pause", FeedOrder::Kind::kPause);
  add_state_route(router, "resume", FeedOrder::Kind::kResume);
  add_state_route(router, "disable", FeedOrder::Kind::kDisable);
  add(router, "POST", "/{issuer}/probe", "feed", &FeedApi::probe);
  add(router, "POST", "/{issuer}/replay", "feed", &FeedApi::replay);
  add(router, "GET", "/{issuer}/set-aside", "feed", &FeedApi::set_aside);
  add(router, "POST", "/{issuer}/set-aside/retry", "feed", &FeedApi::retry);
}

Result<std::shared_ptr<DeliveryWorker>> FeedApi::find(const Request& request) const {
  const IssuerId issuer{std::string{request.path_params.get("issuer")}};
  if (auto worker = parts_.worker(issuer)) return worker;
  const auto known = parts_.control.issuers();
  const bool elsewhere = std::find(known.begin(), known.end(), issuer) != known.end();
  if (elsewhere) return Error{Errc::kFeedNotHere, "this notifier does not serve the issuer"};
  return Error{Errc::kUnknownIssuer, "no feed of such an issuer"};
}

Task<Response> FeedApi::list(const Request& /*request*/, BodyReader& /*body*/) const {
  co_return Response::json(200, to_json(parts_.statuses()));
}

Task<Response> FeedApi::show(const Request& request, BodyReader& /*body*/) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  co_return Response::json(200, to_json(worker.value()->status()));
}

Task<Response> FeedApi::change(FeedOrder::Kind kind,
                               const Request& request,
                               BodyReader& body) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  const auto told = co_await read_body(body);
  if (!told) co_return http::problem(told.error());
  FeedOrder order{.kind = kind, .by = principal(request), .reason = told.value().reason};
  const auto outcome = co_await worker.value()->order(std::move(order), kPatience);
  co_return answer(outcome, *worker.value());
}

Task<Response> FeedApi::probe(const Request& request, BodyReader& /*body*/) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  FeedOrder order{.kind = FeedOrder::Kind::kProbe, .by = principal(request)};
  const auto outcome = co_await worker.value()->order(std::move(order), kPatience);
  co_return answer(outcome, *worker.value());
}

Task<Response> FeedApi::replay(const Request& request, BodyReader& body) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  const auto told = co_await read_body(body);
  if (!told) co_return http::problem(told.error());
  if (!told.value().after) {
    co_return http::problem(Errc::kFieldMissing, "`after`: the seq behind which to begin");
  }
  FeedOrder order{.kind = FeedOrder::Kind::kReplay,
                  .by = principal(request),
                  .reason = told.value().reason,
                  .after = *told.value().after};
  const auto outcome = co_await worker.value()->order(std::move(order), kPatience);
  co_return answer(outcome, *worker.value());
}

Task<Response> FeedApi::set_aside(const Request& request, BodyReader& /*body*/) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  const auto limit = std::min<std::size_t>(number(request.query.get("limit"), 100), kListedMax);
  auto& feed = *worker.value()->feed();
  const auto listed = feed.set_aside(limit, number(request.query.get("after"), 0));
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("issuer", feed.issuer().get());
  writer.number("count", feed.figures().set_aside).begin_array("entries");
  for (const IssuerFeed::SetAside& one : listed) {
    writer.begin_object().number("seq", one.mark.seq).string("code", one.mark.code);
    writer.string("op", text(one.entry.entry.op)).end_object();
  }
  writer.end_array().end_object();
  co_return Response::json(200, std::move(out));
}

Task<Response> FeedApi::retry(const Request& request, BodyReader& /*body*/) const {
  const auto worker = find(request);
  if (!worker) co_return http::problem(worker.error());
  using Done = std::pair<Status, SetAsideRetry::Figures>;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto arrival = std::make_shared<Arrival<Done>>(executor);
  const auto bring = [arrival](const Status& status, const SetAsideRetry::Figures& figures) {
    Arrival<Done>::bring(arrival, Done{status, figures});
  };
  worker.value()->add(
      std::make_shared<SetAsideRetry>(worker.value()->feed(), parts_.builder, bring));
  const auto done = co_await Arrival<Done>::wait(arrival, kPatience);
  const IssuerId& issuer = worker.value()->feed()->issuer();
  if (!done) co_return Response::json(202, retry_json(issuer, {}));
  if (!done->first) co_return http::problem(done->first.error());
  co_return Response::json(200, retry_json(issuer, done->second));
}

}  // namespace cw::notifier
