#include "desk/publish_api.hpp"

#include "desk/count_request.hpp"
#include "lib/http/problem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <utility>

namespace cw::desk {
namespace {

constexpr int kOk = 200;
constexpr int kCreated = 201;
/// A figure that differs is compared with what matches.v1 said then, which is read again.
constexpr std::chrono::minutes kVerifyTimeout{10};

Result<std::uint32_t> path_number(const http::Request& request) {
  const auto text = request.path_params.get("number");
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && stop == end && number > 0) return number;
  return Error{Errc::kBadRequest, "the figure in the path is not a number from 1 upwards"};
}

IncidentId incident_of(const http::Request& request) {
  return IncidentId{std::string(request.path_params.get("incident"))};
}

}  // namespace

PublishApi::PublishApi(Views views,
                       ControlWriter& writer,
                       Probe& probe,
                       PastFacts past_facts,
                       std::function<Status()> ready)
    : views_(views),
      writer_(writer),
      probe_(probe),
      past_facts_(std::move(past_facts)),
      ready_(std::move(ready)) {}

PublishApi::~PublishApi() {
  worker_.join();
}

void PublishApi::add_to(http::Router& router, std::chrono::milliseconds change_timeout) {
  const std::string figures = "/v1/incidents/{incident}/figures";
  router.add("POST",
             figures,
             {.role = "control", .handle_timeout = change_timeout},
             [this](const http::Request& request, http::BodyReader&) { return publish(request); });
  router.add("GET",
             figures,
             {.role = "read"},
             [this](const http::Request& request, http::BodyReader&) -> http::Task<http::Response> {
               co_return list(request);
             });
  router.add("POST",
             figures + "/{number}/verify",
             {.role = "read", .handle_timeout = kVerifyTimeout},
             [this](const http::Request& request, http::BodyReader&) { return verify(request); });
}

http::Task<http::Response> PublishApi::publish(const http::Request& request) {
  const auto figure =
      co_await boost::asio::co_spawn(worker_, count_on_worker(request), boost::asio::use_awaitable);
  if (!*figure) co_return http::problem(figure->error());
  const ControlWriter::Rule rule = [&](const Control& control) {
    return publish_figure(control, figure->value());
  };
  const auto decision = co_await writer_.submit(rule);
  probe_.control_change("figure", decision ? "created" : name(decision.error().code));
  if (!decision) co_return http::problem(decision.error());
  const auto& published = std::get<Figure>(*decision.value().record);
  log_.info("figure_published",
            "A figure was published",
            {{"incident", published.definition.incident.get()},
             {"number", published.number},
             {"figure", published.figure},
             {"principal", request.principal->name}});
  co_return http::Response::json(kCreated, figure_document(published));
}

http::Response PublishApi::list(const http::Request& request) const {
  const auto ready = ready_();
  if (!ready) return http::problem(ready.error());
  const auto control = views_.control.snapshot();
  if (control->incident(incident_of(request)) == nullptr) {
    return http::problem(Errc::kUnknownIncident, "no such incident");
  }
  return http::Response::json(kOk, figures_document(*control, incident_of(request)));
}

http::Task<http::Response> PublishApi::verify(const http::Request& request) {
  const auto ready = ready_();
  if (!ready) co_return http::problem(ready.error());
  const auto number = path_number(request);
  if (!number) co_return http::problem(number.error());
  const auto control = views_.control.snapshot();
  const auto* figure = control->figure(incident_of(request), number.value());
  if (figure == nullptr) {
    co_return http::problem(Errc::kNotFound, "no such figure was published");
  }
  const auto json = co_await boost::asio::co_spawn(
      worker_, recount_on_worker(*figure), boost::asio::use_awaitable);
  if (!*json) co_return http::problem(json->error());
  co_return http::Response::json(kOk, json->value());
}

Result<Figure> PublishApi::count_figure(const http::Request& request) const {
  if (const auto ready = ready_(); !ready) return ready.error();
  const auto control = views_.control.snapshot();
  const auto control_offset = views_.control.next_offset();
  const auto* incident = control->incident(incident_of(request));
  if (incident == nullptr) return Error{Errc::kUnknownIncident, "no such incident"};
  const Caller caller{Principal{request.principal->name}, false, now()};
  auto query = read_count_request(request.query, *incident, caller.now);
  if (!query) return query.error();
  // Everything that is known now, but as an instant, so that it can be asked for again.
  if (!query.value().known_at) query.value().known_at = caller.now;
  const auto basis = basis_of(*control, control_offset, incident->id, query.value().known_at);
  const auto counted = count_at(views_.matches, query.value(), basis, Digest::kYes);
  return freeze(query.value(), basis, counted, caller);
}

Result<std::string> PublishApi::recount(const Figure& figure) const {
  const auto& query = figure.definition;
  const auto control = views_.control.snapshot();
  const auto basis =
      basis_of(*control, views_.control.next_offset(), query.incident, query.known_at);
  Recount recount{count_at(views_.matches, query, basis, Digest::kYes), {}};
  if (!is_equal(figure, recount.now)) {
    const auto past = past_facts_(figure.match_offsets);
    if (past) recount.past_set = count_at(*past.value(), query, basis, Digest::kYes).set;
    log_.warn("figure_differs",
              "A published figure is not what its definition gives now",
              {{"incident", query.incident.get()},
               {"number", figure.number},
               {"published", figure.figure},
               {"now", recount.now.result.figure}});
  }
  return recount_document(figure, recount);
}

http::Task<std::optional<Result<Figure>>> PublishApi::count_on_worker(
    const http::Request& request) {
  co_return count_figure(request);
}

http::Task<std::optional<Result<std::string>>> PublishApi::recount_on_worker(const Figure& figure) {
  co_return recount(figure);
}

}  // namespace cw::desk
