#include "issuer/routes.hpp"

#include "issuer/views.hpp"
#include "lib/base/assert.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/http/principals.hpp"
#include "lib/http/problem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace cw::issuer {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSmallBody = 4096;
constexpr std::uint64_t kPageMax = 1000;
constexpr std::uint64_t kPageDefault = 100;
constexpr int kOk = 200;
/// Longer than the longest misbehaviour.
constexpr std::chrono::milliseconds kHandleTimeout = Behaviour::kDelayMax + std::chrono::minutes{1};

/// A number of the query within [0, most], or `otherwise` if it is not given.
Result<std::uint64_t> query_number(const http::Request& request,
                                   std::string_view name,
                                   std::uint64_t otherwise,
                                   std::uint64_t most) {
  const auto text = request.query.find(name);
  if (!text) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number > most) {
    return Error{Errc::kBadRequest,
                 std::string(name) + ": a number up to " + std::to_string(most) + " is wanted"};
  }
  return number;
}

/// A refusal that says from where the sender must go on.
http::Response gap(const Error& error, const FeedPosition& held) {
  http::Response response = http::problem(error);
  CW_ASSERT(response.body.ends_with('}'));
  response.body.pop_back();
  response.body += ",\"accepted_through\":" + std::to_string(held.through) +
                   ",\"epoch\":" + std::to_string(held.epoch) + "}";
  return response;
}

http::Task<void> pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

void Routes::add(http::Router& router,
                 std::string method,
                 std::string path,
                 http::RouteOptions options,
                 Handle handle) {
  router.add(std::move(method),
             std::move(path),
             std::move(options),
             [this, handle](const http::Request& request, http::BodyReader& body) {
               return (this->*handle)(request, body);
             });
}

void Routes::add_to(http::Router& router, std::uint64_t body_bytes_max) {
  add(router,
      "POST",
      "/feeds/{issuer}",
      {.role = "feed", .body_bytes_max = body_bytes_max, .handle_timeout = kHandleTimeout},
      &Routes::push);
  add(router, "GET", "/v1/issuers", {.role = "read"}, &Routes::list);
  add(router, "GET", "/v1/issuers/{issuer}/cards", {.role = "read"}, &Routes::cards);
  const std::string behaviour = "/v1/issuers/{issuer}/behaviour";
  add(router, "GET", behaviour, {.role = "read"}, &Routes::get_behaviour);
  add(router,
      "PUT",
      behaviour,
      {.role = "control", .body_bytes_max = kSmallBody},
      &Routes::put_behaviour);
  add(router,
      "POST",
      "/v1/issuers/{issuer}/forget",
      {.role = "control", .body_bytes_max = kSmallBody},
      &Routes::forget);
}

Result<Inbox*> Routes::inbox_of(const http::Request& request) const {
  const auto found = inboxes_.find(request.path_params.get("issuer"));
  if (found == inboxes_.end()) {
    return Error{Errc::kUnknownIssuer, "no such issuer is received for here"};
  }
  return found->second.get();
}

http::Task<http::Response> Routes::push(const http::Request& request, http::BodyReader& body) {
  const auto since = Clock::now();
  const auto found = inbox_of(request);
  if (!found) co_return http::problem(found.error());
  Inbox& inbox = *found.value();
  const Behaviour behaviour = inbox.behaviour().next();
  if (behaviour.mode == BehaviourMode::kSlow) co_await pause(behaviour.delay);
  if (behaviour.mode == BehaviourMode::kFail || behaviour.mode == BehaviourMode::kVanish) {
    probe_.push_done(inbox.issuer(), "misbehaved", Clock::now() - since);
    co_return co_await misbehave(behaviour);
  }
  if (request.headers.find("content-type").value_or("") != "application/jose") {
    co_return answered(
        inbox, Error{Errc::kMediaType, "a batch is sent as application/jose"}, since);
  }
  const auto content = co_await body.read_all(Journal::kBodyBytesMax);
  if (!content) co_return answered(inbox, content.error(), since);
  const auto receipt = co_await accept(inbox, request, content.value());
  co_return answered(inbox, receipt, since);
}

http::Task<http::Response> Routes::misbehave(Behaviour behaviour) {
  if (behaviour.mode == BehaviourMode::kVanish) co_await pause(behaviour.delay);
  http::Response response = http::problem(Errc::kUnavailable, "told to misbehave");
  if (behaviour.mode == BehaviourMode::kFail) response.status = behaviour.status;
  co_return response;
}

http::Task<Result<Receipt>> Routes::accept(Inbox& inbox,
                                           const http::Request& request,
                                           std::string_view body) {
  const auto header = [&](std::string_view name) {
    return request.headers.find(name).value_or("");
  };
  const std::string target = "https://" + std::string(header("host")) + request.path;
  Push push{.headers = {.id = header("webhook-id"),
                        .timestamp = header("webhook-timestamp"),
                        .signature = header("webhook-signature")},
            .body = body,
            .message = {.method = request.method,
                        .target_uri = inbox.url().empty() ? target : inbox.url(),
                        .headers = request.headers.all()}};
  // Not covered by such a signature, so of no worth.
  if (request.headers.find("signature-input")) push.headers = {};
  std::optional<Result<Receipt>> receipt;
  auto work = [&]() -> http::Task<void> {
    receipt = inbox.accept(push, now());
    co_return;
  };
  co_await asio::co_spawn(workers_, std::move(work), asio::use_awaitable);
  co_return std::move(*receipt);
}

http::Response Routes::answered(const Inbox& inbox,
                                const Result<Receipt>& receipt,
                                Clock::time_point since) {
  const auto took = Clock::now() - since;
  if (receipt) {
    probe_.push_done(inbox.issuer(), receipt.value().duplicate ? "duplicate" : "applied", took);
    return http::Response::json(kOk, codec::encode(receipt.value().answer));
  }
  const Error& error = receipt.error();
  probe_.push_done(inbox.issuer(), name(error.code), took);
  log_.warn_throttled(
      refusals_,
      "push_refused",
      "A push was refused",
      {{"issuer", inbox.issuer().get()}, {"code", error.code}, {"detail", error.detail}});
  if (error.code == Errc::kConflict) return gap(error, inbox.position());
  return http::problem(error);
}

http::Task<http::Response> Routes::list(const http::Request& /*request*/,
                                        http::BodyReader& /*body*/) {
  std::vector<InboxFigures> figures;
  figures.reserve(inboxes_.size());
  for (const auto& [id, inbox] : inboxes_) figures.push_back(inbox->figures());
  co_return http::Response::json(kOk, issuers_json(figures));
}

http::Task<http::Response> Routes::cards(const http::Request& request, http::BodyReader& /*body*/) {
  const auto inbox = inbox_of(request);
  if (!inbox) co_return http::problem(inbox.error());
  const auto after = query_number(request, "after", 0, std::numeric_limits<std::uint64_t>::max());
  if (!after) co_return http::problem(after.error());
  const auto limit = query_number(request, "limit", kPageDefault, kPageMax);
  if (!limit) co_return http::problem(limit.error());
  const auto size = std::max<std::uint64_t>(limit.value(), 1);
  auto page = inbox.value()->page(after.value(), size + 1);
  const bool more = page.size() > size;
  if (more) page.pop_back();
  co_return http::Response::json(kOk, cards_json(page, more));
}

http::Task<http::Response> Routes::get_behaviour(const http::Request& request,
                                                 http::BodyReader& /*body*/) {
  const auto inbox = inbox_of(request);
  if (!inbox) co_return http::problem(inbox.error());
  co_return http::Response::json(kOk, encode(inbox.value()->behaviour().current()));
}

http::Task<http::Response> Routes::put_behaviour(const http::Request& request,
                                                 http::BodyReader& body) {
  const auto inbox = inbox_of(request);
  if (!inbox) co_return http::problem(inbox.error());
  const auto content = co_await body.read_all(kSmallBody);
  if (!content) co_return http::problem(content.error());
  const auto behaviour = decode_behaviour(content.value());
  if (!behaviour) co_return http::problem(behaviour.error());
  inbox.value()->behaviour().set(behaviour.value());
  log_.info("behaviour_set",
            "An issuer was told how to behave",
            {{"issuer", inbox.value()->issuer().get()},
             {"mode", text(behaviour.value().mode)},
             {"count", behaviour.value().count},
             {"principal", request.principal->name}});
  co_return http::Response::json(kOk, encode(behaviour.value()));
}

http::Task<http::Response> Routes::forget(const http::Request& request, http::BodyReader& body) {
  const auto inbox = inbox_of(request);
  if (!inbox) co_return http::problem(inbox.error());
  const auto content = co_await body.read_all(kSmallBody);
  if (!content) co_return http::problem(content.error());
  const auto count = decode_forget(content.value());
  if (!count) co_return http::problem(count.error());
  const std::size_t forgotten = inbox.value()->forget(count.value());
  log_.info("cards_forgotten",
            "An issuer was told to lose cards",
            {{"issuer", inbox.value()->issuer().get()},
             {"cards", forgotten},
             {"principal", request.principal->name}});
  co_return http::Response::json(kOk, forgotten_json(forgotten));
}

}  // namespace cw::issuer
