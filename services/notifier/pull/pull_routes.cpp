#include "notifier/pull/pull_routes.hpp"

#include "lib/http/problem.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <utility>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using http::BodyReader;
using http::Request;
using http::Response;
using http::Task;

constexpr std::string_view kRole = "pull";
constexpr std::string_view kJson = "application/json";
constexpr std::uint64_t kSmallBody = 4U << 10U;
// 10,000 rejections, each with a reason.
constexpr std::uint64_t kAckBody = 16U << 20U;
constexpr auto kPollTimeout = std::chrono::seconds{EntriesRequest::kWaitMax} + 30s;
// Before a first snapshot every entry is opened once.
constexpr auto kSnapshotTimeout = 10min;

/// What a route does for the issuer that the caller speaks for.
using Act = std::function<Task<Response>(IssuerId, const Request&, BodyReader&)>;

http::Handler guarded(PullApi& api, Act act) {
  return [&api, act = std::move(act)](const Request& request, BodyReader& body) -> Task<Response> {
    const auto issuer = issuer_of(request);
    if (!issuer) co_return http::problem(issuer.error());
    auto refused = api.refuse(issuer.value());
    if (refused) co_return std::move(*refused);
    auto response = co_await act(issuer.value(), request, body);
    co_return response;
  };
}

http::RouteOptions options(std::uint64_t body_bytes_max, std::chrono::milliseconds timeout = 30s) {
  return {.role = std::string{kRole}, .body_bytes_max = body_bytes_max, .handle_timeout = timeout};
}

/// With or without parameters behind it.
bool is_json(std::string_view type) {
  const std::string_view name = type.substr(0, type.find(';'));
  return std::equal(
      name.begin(), name.end(), kJson.begin(), kJson.end(), [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) == right;
      });
}

/// The body of a JSON request.
Task<Result<std::string>> read_json(const Request& request, BodyReader& body, std::uint64_t most) {
  if (!is_json(request.headers.find("Content-Type").value_or(kJson))) {
    co_return Error{Errc::kMediaType, "application/json is wanted"};
  }
  auto text = co_await body.read_all(most);
  co_return text;
}

void add_reading(http::Router& router, PullApi& api) {
  router.add(
      "GET",
      "/v1/feed/entries",
      options(0, kPollTimeout),
      guarded(api, [&api](IssuerId issuer, const Request& request, BodyReader&) -> Task<Response> {
        const auto asked = entries_request(request.query);
        if (!asked) co_return http::problem(asked.error());
        auto response = co_await api.entries(std::move(issuer), asked.value());
        co_return response;
      }));
  router.add(
      "GET",
      "/v1/feed/snapshot",
      options(0, kSnapshotTimeout),
      guarded(api, [&api](IssuerId issuer, const Request& request, BodyReader&) -> Task<Response> {
        auto buckets = snapshot_request(request.query);
        if (!buckets) co_return http::problem(buckets.error());
        auto response = co_await api.snapshot(std::move(issuer), std::move(buckets).value());
        co_return response;
      }));
  router.add("GET",
             "/v1/feed/digest",
             options(0, kSnapshotTimeout),
             guarded(api, [&api](IssuerId issuer, const Request&, BodyReader&) -> Task<Response> {
               auto response = co_await api.digest(std::move(issuer));
               co_return response;
             }));
  router.add("GET",
             "/v1/feed/status",
             options(0),
             guarded(api, [&api](IssuerId issuer, const Request&, BodyReader&) -> Task<Response> {
               co_return api.status(issuer);
             }));
}

void add_telling(http::Router& router, PullApi& api) {
  router.add(
      "POST",
      "/v1/feed/ack",
      options(kAckBody),
      guarded(api,
              [&api](IssuerId issuer, const Request& request, BodyReader& body) -> Task<Response> {
                const auto text = co_await read_json(request, body, kAckBody);
                if (!text) co_return http::problem(text.error());
                auto ack = codec::decode_feed_ack(text.value());
                if (!ack) co_return http::problem(ack.error());
                auto response = co_await api.acknowledge(std::move(issuer), std::move(ack).value());
                co_return response;
              }));
  router.add(
      "POST",
      "/v1/feed/verify",
      options(kSmallBody),
      guarded(api,
              [&api](IssuerId issuer, const Request& request, BodyReader& body) -> Task<Response> {
                const auto text = co_await read_json(request, body, kSmallBody);
                if (!text) co_return http::problem(text.error());
                const auto state = verify_request(text.value());
                if (!state) co_return http::problem(state.error());
                co_return api.verify(issuer, state.value());
              }));
  router.add(
      "POST",
      "/v1/feed/status",
      options(kSmallBody),
      guarded(api,
              [&api](IssuerId issuer, const Request& request, BodyReader& body) -> Task<Response> {
                const auto text = co_await read_json(request, body, kSmallBody);
                if (!text) co_return http::problem(text.error());
                auto asked = status_request(text.value());
                if (!asked) co_return http::problem(asked.error());
                auto response = co_await api.set_status(
                    std::move(issuer), std::move(asked).value(), request.principal->name);
                co_return response;
              }));
}

}  // namespace

void add_pull_routes(http::Router& router, PullApi& api) {
  add_reading(router, api);
  add_telling(router, api);
}

}  // namespace cw::notifier
