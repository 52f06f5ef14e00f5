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
  router.add(
      "GET",
      "/v1/incidents/{incident}/counts/series",
      {.role = "read"},
      [this](const http::Request& request, http::BodyReader&) { return get_series(request); });
  router.add("GET",
             "/v1/feeds/states",
             {.role = "read"},
             [this](const http::Request&, http::BodyReader&) -> http::Task<http::Response> {
               co_return http::Response::json(200, views_.feeds.json());
             });
}

http::Task<http::Response> CountsApi::get_counts(const http::Request& request) {
  const auto control = views_.control.snapshot();
  const auto control_offset = views_.control.next_offset();
  const Count count = [&](const Incident& incident) -> Result<std::string> {
    const auto query = read_count_request(request.query, incident, now(), {"digest"});
    if (!query) return query.error();
    const auto digest = read_flag(request.query, "digest");
    if (!digest) return digest.error();
    const auto basis = basis_of(*control, control_offset, incident.id, query.value().known_at);
    return count_answer(
        views_.matches, query.value(), basis, digest.value() ? Digest::kYes : Digest::kNo);
  };
  co_return co_await answer(request, *control, count);
}

http::Task<http::Response> CountsApi::get_series(const http::Request& request) {
  const auto control = views_.control.snapshot();
  const auto control_offset = views_.control.next_offset();
  const Count count = [&](const Incident& incident) -> Result<std::string> {
    const auto query = read_series_request(request.query, incident, now());
    if (!query) return query.error();
    const auto basis =
        basis_of(*control, control_offset, incident.id, query.value().count.known_at);
    return series_answer(views_.matches, query.value(), basis);
  };
  co_return co_await answer(request, *control, count);
}

http::Task<http::Response> CountsApi::answer(const http::Request& request,
                                             const Control& control,
                                             const Count& count) {
  const auto ready = ready_();
  if (!ready) co_return http::problem(ready.error());
  const IncidentId id{std::string(request.path_params.get("incident"))};
  const auto* incident = control.incident(id);
  if (incident == nullptr) co_return http::problem(Errc::kUnknownIncident, "no such incident");
  const WaitingTurn turn{waiting_};
  if (turn.number() > options_.waiting_max) {
    co_return http::problem(Errc::kUnavailable, "too many counts are under way");
  }
  const auto since = std::chrono::steady_clock::now();
  const auto json = co_await boost::asio::co_spawn(
      workers_, on_worker(count, *incident), boost::asio::use_awaitable);
  probe_.counted(std::chrono::steady_clock::now() - since);
  if (!*json) co_return http::problem(json->error());
  co_return http::Response::json(200, json->value());
}

http::Task<std::optional<Result<std::string>>> CountsApi::on_worker(const Count& count,
                                                                    const Incident& incident) {
  co_return count(incident);
}

}  // namespace cw::desk
