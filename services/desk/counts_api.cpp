#include "desk/counts_api.hpp"

#include "desk/count_answer.hpp"
#include "desk/count_request.hpp"
#include "desk/waiting_turn.hpp"
#include "lib/http/problem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cw::desk {

CountsApi::CountsApi(Views views, Probe& probe, Options options, std::function<Status()> ready)
    : views_(views),
      probe_(probe),
      options_(options),
      ready_(std::move(ready)),
      workers_(options.threads) {}

CountsApi::~CountsApi() {
  workers_.join();
}

void CountsApi::add_to(http::Router& router) {
  router.add(
      "GET",
      "/v1/incidents/{incident}/counts",
      {.role = "read"},
      [this](const http::Request& request, http::BodyReader&) { return get_counts(request); });
  router.add("GET",
             "/v1/feeds/states",
             {.role = "read"},
             [this](const http::Request&, http::BodyReader&) -> http::Task<http::Response> {
               co_return http::Response::json(200, views_.feeds.json());
             });
}

http::Task<http::Response> CountsApi::get_counts(const http::Request& request) {
  const auto ready = ready_();
  if (!ready) co_return http::problem(ready.error());
  const auto control = views_.control.snapshot();
  const IncidentId id{std::string(request.path_params.get("incident"))};
  const auto* incident = control->incident(id);
  if (incident == nullptr) co_return http::problem(Errc::kUnknownIncident, "no such incident");
  const auto query = read_count_request(request.query, *incident, now());
  if (!query) co_return http::problem(query.error());
  const WaitingTurn turn{waiting_};
  if (turn.number() > options_.waiting_max) {
    co_return http::problem(Errc::kUnavailable, "too many counts are under way");
  }
  const auto since = std::chrono::steady_clock::now();
  auto json = co_await boost::asio::co_spawn(
      workers_, count_on_worker(query.value(), *control), boost::asio::use_awaitable);
  probe_.counted(std::chrono::steady_clock::now() - since);
  co_return http::Response::json(200, std::move(json));
}

http::Task<std::string> CountsApi::count_on_worker(const CountQuery& query,
                                                   const Control& control) {
  CountBasis basis;
  const auto at = query.known_at.value_or(Instant::max());
  if (const auto* scope = control.scope(query.incident, at)) basis.scope_revision = scope->revision;
  basis.control_offset = views_.control.next_offset();
  co_return count_answer(views_.matches, query, basis);
}

}  // namespace cw::desk
