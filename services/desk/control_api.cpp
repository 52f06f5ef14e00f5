#include "desk/control_api.hpp"

#include "desk/control_documents.hpp"
#include "lib/codec/control_request.hpp"
#include "lib/codec/limits.hpp"
#include "lib/http/problem.hpp"

#include <charconv>
#include <utility>

namespace cw::desk {
namespace {

constexpr int kOk = 200;
constexpr int kCreated = 201;

Caller caller_of(const http::Request& request) {
  return {Principal{request.principal->name}, request.principal->has("import"), now()};
}

Result<std::string> path_id(const http::Request& request, std::string_view parameter) {
  const auto value = request.path_params.get(parameter);
  if (is_id(value)) return std::string(value);
  return Error{Errc::kBadRequest, "the " + std::string(parameter) + " in the path is not an id"};
}

Status check_same_id(const std::string& in_path, const std::string& in_document) {
  if (in_path == in_document) return Ok{};
  return Error{Errc::kBadRequest,
               "the path names \"" + in_path + "\", the document \"" + in_document + '"'};
}

Result<std::uint32_t> path_revision(const http::Request& request) {
  const auto text = request.path_params.get("revision");
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && stop == end && number > 0) return number;
  return Error{Errc::kBadRequest, "the revision in the path is not a number from 1 upwards"};
}

/// The JSON document of a request. `empty` says whether there may be none.
enum class Empty : std::uint8_t { kNo, kYes };
http::Task<Result<std::string>> read_document(const http::Request& request,
                                              http::BodyReader& body,
                                              Empty empty) {
  auto text = co_await body.read_all(codec::kMessageBytesMax);
  if (!text || (empty == Empty::kYes && text.value().empty())) co_return text;
  const auto type = request.headers.find("content-type").value_or("");
  if (!type.starts_with("application/json")) {
    co_return Error{Errc::kMediaType, "the document is sent as application/json"};
  }
  co_return text;
}

/// Reads the document and decodes it.
template <class Decode>
auto read_request(const http::Request& request, http::BodyReader& body, Empty empty, Decode decode)
    -> http::Task<decltype(decode(std::string_view{}))> {
  auto text = co_await read_document(request, body, empty);
  if (!text) co_return text.error();
  co_return decode(std::string_view{text.value()});
}

std::string_view text(Change change) {
  switch (change) {
    case Change::kCreated:
      return "created";
    case Change::kUpdated:
      return "updated";
    case Change::kUnchanged:
      break;
  }
  return "unchanged";
}

int status_of(const Decision& decision) {
  return decision.change == Change::kCreated ? kCreated : kOk;
}

}  // namespace

void ControlApi::add_to(http::Router& router, std::chrono::milliseconds change_timeout) {
  const auto change_route =
      [&](std::string method, std::string path, std::string role, auto handler) {
        router.add(std::move(method),
                   std::move(path),
                   {.role = std::move(role),
                    .body_bytes_max = codec::kMessageBytesMax,
                    .handle_timeout = change_timeout},
                   [this, handler](const http::Request& request, http::BodyReader& body) {
                     return (this->*handler)(request, body);
                   });
      };
  change_route("PUT", "/v1/incidents/{incident}", "control", &ControlApi::put_incident);
  change_route("PUT", "/v1/issuers/{issuer}", "control", &ControlApi::put_issuer);
  change_route("POST", "/v1/incidents/{incident}/scope-revisions", "control", &ControlApi::propose);
  change_route("POST",
               "/v1/incidents/{incident}/scope-revisions/{revision}/approve",
               "approve",
               &ControlApi::approve);

  const auto view_route = [&](std::string path, auto answer) {
    router.add("GET",
               std::move(path),
               {.role = "read"},
               [this, answer](const http::Request& request,
                              http::BodyReader&) -> http::Task<http::Response> {
                 const auto ready = ready_();
                 if (!ready) co_return http::problem(ready.error());
                 co_return answer(request);
               });
  };
  view_route("/v1/incidents", [this](const http::Request&) { return list_incidents(); });
  view_route("/v1/incidents/{incident}",
             [this](const http::Request& request) { return show_incident(request); });
  view_route("/v1/issuers", [this](const http::Request&) { return list_issuers(); });
  view_route("/v1/incidents/{incident}/scope-revisions",
             [this](const http::Request& request) { return list_scopes(request); });
}

http::Task<http::Response> ControlApi::put_incident(const http::Request& request,
                                                    http::BodyReader& body) {
  auto asked = co_await read_request(request, body, Empty::kNo, codec::decode_incident_request);
  if (!asked) co_return refused(request, "incident", asked.error());
  const auto id = path_id(request, "incident");
  if (!id) co_return refused(request, "incident", id.error());
  const auto same = check_same_id(id.value(), asked.value().incident.id.get());
  if (!same) co_return refused(request, "incident", same.error());
  const ControlWriter::Rule rule = [asked = std::move(asked).value(),
                                    caller = caller_of(request)](const Control& control) {
    return desk::put_incident(control, asked, caller);
  };
  const auto decision = co_await change(request, "incident", rule);
  if (!decision) co_return http::problem(decision.error());
  co_return http::Response::json(
      status_of(decision.value()),
      version_answer(
          "incident", id.value(), decision.value().number, text(decision.value().change)));
}

http::Task<http::Response> ControlApi::put_issuer(const http::Request& request,
                                                  http::BodyReader& body) {
  auto asked = co_await read_request(request, body, Empty::kNo, codec::decode_issuer_request);
  if (!asked) co_return refused(request, "issuer", asked.error());
  const auto id = path_id(request, "issuer");
  if (!id) co_return refused(request, "issuer", id.error());
  const auto same = check_same_id(id.value(), asked.value().issuer.id.get());
  if (!same) co_return refused(request, "issuer", same.error());
  const ControlWriter::Rule rule = [asked = std::move(asked).value(),
                                    caller = caller_of(request)](const Control& control) {
    return desk::put_issuer(control, asked, caller);
  };
  const auto decision = co_await change(request, "issuer", rule);
  if (!decision) co_return http::problem(decision.error());
  co_return http::Response::json(
      status_of(decision.value()),
      version_answer("issuer", id.value(), decision.value().number, text(decision.value().change)));
}

http::Task<http::Response> ControlApi::propose(const http::Request& request,
                                               http::BodyReader& body) {
  auto asked = co_await read_request(request, body, Empty::kNo, codec::decode_scope_request);
  if (!asked) co_return refused(request, "scope_proposal", asked.error());
  const auto id = path_id(request, "incident");
  if (!id) co_return refused(request, "scope_proposal", id.error());
  const IncidentId incident{id.value()};
  ControlWriter::Rule rule =
      [incident, asked = std::move(asked).value(), caller = caller_of(request)](
          const Control& control) { return propose_scope(control, incident, asked, caller); };
  const auto decision = co_await change(request, "scope_proposal", rule);
  if (!decision) co_return http::problem(decision.error());
  co_return http::Response::json(kCreated, scope_answer(*decision.value().record));
}

http::Task<http::Response> ControlApi::approve(const http::Request& request,
                                               http::BodyReader& body) {
  const auto asked =
      co_await read_request(request, body, Empty::kYes, codec::decode_approve_request);
  if (!asked) co_return refused(request, "scope_approval", asked.error());
  const auto id = path_id(request, "incident");
  if (!id) co_return refused(request, "scope_approval", id.error());
  const auto revision = path_revision(request);
  if (!revision) co_return refused(request, "scope_approval", revision.error());
  const ControlWriter::Rule rule = [incident = IncidentId{id.value()},
                                    number = revision.value(),
                                    asked = asked.value(),
                                    caller = caller_of(request)](const Control& control) {
    return approve_scope(control, incident, number, asked, caller);
  };
  const auto decision = co_await change(request, "scope_approval", rule);
  if (!decision) co_return http::problem(decision.error());
  co_return http::Response::json(kOk, scope_answer(*decision.value().record));
}

http::Response ControlApi::list_incidents() const {
  return http::Response::json(kOk, incidents_document(*view_.snapshot()));
}

http::Response ControlApi::show_incident(const http::Request& request) const {
  const auto control = view_.snapshot();
  const IncidentId id{std::string(request.path_params.get("incident"))};
  const auto* incident = control->incident(id);
  if (incident == nullptr) return http::problem(Errc::kUnknownIncident, "no such incident");
  return http::Response::json(kOk, codec::incident_document(*incident));
}

http::Response ControlApi::list_issuers() const {
  return http::Response::json(kOk, issuers_document(*view_.snapshot()));
}

http::Response ControlApi::list_scopes(const http::Request& request) const {
  const auto control = view_.snapshot();
  const IncidentId id{std::string(request.path_params.get("incident"))};
  if (control->incident(id) == nullptr) {
    return http::problem(Errc::kUnknownIncident, "no such incident");
  }
  return http::Response::json(kOk, scopes_document(*control, id));
}

http::Task<Result<Decision>> ControlApi::change(const http::Request& request,
                                                std::string_view what,
                                                const ControlWriter::Rule& rule) {
  const auto ready = ready_();
  if (!ready) co_return ready.error();
  auto decision = co_await writer_.submit(rule);
  if (!decision) {
    // The problem answer is made by the caller; here it is only counted and logged.
    static_cast<void>(refused(request, what, decision.error()));
    co_return decision;
  }
  probe_.control_change(what, text(decision.value().change));
  log_.info("control_changed",
            "A change of control was answered",
            {{"what", what},
             {"path", request.path},
             {"number", decision.value().number},
             {"result", text(decision.value().change)},
             {"principal", request.principal->name}});
  co_return decision;
}

http::Response ControlApi::refused(const http::Request& request,
                                   std::string_view what,
                                   const Error& error) {
  probe_.control_change(what, name(error.code));
  log_.warn_throttled(refusals_,
                      "control_refused",
                      "A change of control was refused",
                      {{"what", what},
                       {"code", error.code},
                       {"detail", error.detail},
                       {"principal", request.principal->name}});
  return http::problem(error);
}

}  // namespace cw::desk
