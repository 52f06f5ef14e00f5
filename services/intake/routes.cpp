#include "intake/routes.hpp"

#include "lib/codec/report_times.hpp"
#include "lib/http/principals.hpp"
#include "lib/http/problem.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace cw::intake {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kClockSkew{5};
constexpr int kAccepted = 202;
constexpr int kUnprocessable = 422;

/// The media type without parameters, in lower case.
std::string media_type(const http::Request& request) {
  const std::string_view value = request.headers.find("content-type").value_or("");
  std::string type{value.substr(0, value.find(';'))};
  while (type.ends_with(' ')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return type;
}

Result<std::string> id_of(const http::Request& request, std::string_view parameter, Errc unknown) {
  const std::string_view value = request.path_params.get(parameter);
  if (!is_id(value)) {
    return Error{unknown, "the " + std::string(parameter) + " in the path is not an id"};
  }
  return std::string(value);
}

}  // namespace

void Routes::add_to(http::Router& router,
                    const UploadLimits& limits,
                    std::chrono::milliseconds handle_timeout) {
  router.add(
      "PUT",
      "/v1/incidents/{incident}/files/{file}",
      {.role = "load", .body_bytes_max = limits.file_bytes_max, .handle_timeout = handle_timeout},
      [this](const http::Request& request, http::BodyReader& body) {
        return put_file(request, body);
      });
  router.add("POST",
             "/v1/reports",
             {.role = "report",
              .body_bytes_max = limits.reports_bytes_max,
              .handle_timeout = handle_timeout},
             [this](const http::Request& request, http::BodyReader& body) {
               return post_reports(request, body);
             });
}

Result<ExposureUpload> Routes::exposure_upload(const http::Request& request) const {
  if (media_type(request) != "text/csv") {
    return Error{Errc::kMediaType, "an exposed file is sent as text/csv"};
  }
  auto incident = id_of(request, "incident", Errc::kUnknownIncident);
  if (!incident) return incident.error();
  auto file = id_of(request, "file", Errc::kUnknownFile);
  if (!file) return file.error();
  ExposureUpload upload{.incident = IncidentId{std::move(incident).value()},
                        .file = FileName{std::move(file).value()},
                        .by = Principal{request.principal->name},
                        .received_at = now()};
  if (const auto given = request.query.find("received_at")) {
    if (!request.principal->has("import")) {
      return Error{Errc::kImportForbidden, "received_at needs the role import"};
    }
    const auto instant = parse_instant(*given);
    if (!instant) return Error{Errc::kTimestampInvalid, "received_at: " + instant.error().detail};
    if (instant.value() > upload.received_at + kClockSkew) {
      return Error{Errc::kTimestampRange, "received_at lies in the future"};
    }
    if (instant.value() < codec::kEarliestTime) {
      return Error{Errc::kTimestampRange, "received_at lies before 1990"};
    }
    upload.received_at = instant.value();
    upload.imported = true;
  }
  return upload;
}

Result<ReportUpload> Routes::report_upload(const http::Request& request) const {
  ReportUpload upload;
  const std::string type = media_type(request);
  if (type == "application/json") {
    upload.format = ReportFormat::kJson;
  } else if (type != "text/csv") {
    return Error{Errc::kMediaType, "reports are sent as text/csv or application/json"};
  }
  const http::Principal& principal = *request.principal;
  upload.sender.by = Principal{principal.name};
  if (!principal.issuer.empty()) upload.sender.issuer = IssuerId{principal.issuer};
  upload.sender.may_import = principal.has("import");
  upload.received_at = now();
  return upload;
}

http::Task<http::Response> Routes::put_file(const http::Request& request, http::BodyReader& body) {
  const auto since = Clock::now();
  auto upload = exposure_upload(request);
  if (!upload) co_return refused(UploadKind::kExposures, upload.error(), since);
  const auto ready = ready_();
  if (!ready) co_return refused(UploadKind::kExposures, ready.error(), since);
  const auto result = co_await exposures_.load(upload.value(), body);
  if (!result) co_return refused(UploadKind::kExposures, result.error(), since);

  const ExposureAnswer& answer = result.value();
  const auto took = Clock::now() - since;
  probe_.upload_done(UploadKind::kExposures, text(answer.state), took);
  log_.info("file_upload",
            "An exposed file was answered",
            {{"state", text(answer.state)},
             {"incident", upload.value().incident.get()},
             {"file", upload.value().file.get()},
             {"upload", answer.upload},
             {"records", answer.rows.accepted()},
             {"refused", answer.rows.refused()},
             {"seconds", std::chrono::duration<double>(took).count()},
             {"principal", upload.value().by.get()}});
  const bool taken = answer.state != ExposureAnswer::State::kRefused;
  co_return http::Response::json(taken ? kAccepted : kUnprocessable, answer.json());
}

http::Task<http::Response> Routes::post_reports(const http::Request& request,
                                                http::BodyReader& body) {
  const auto since = Clock::now();
  auto upload = report_upload(request);
  if (!upload) co_return refused(UploadKind::kReports, upload.error(), since);
  const auto ready = ready_();
  if (!ready) co_return refused(UploadKind::kReports, ready.error(), since);
  const auto result = co_await reports_.accept(upload.value(), body);
  if (!result) co_return refused(UploadKind::kReports, result.error(), since);

  const ReportAnswer& answer = result.value();
  probe_.upload_done(UploadKind::kReports,
                     answer.nothing_accepted() ? "refused" : "accepted",
                     Clock::now() - since);
  log_.debug("reports_upload",
             "Reports were answered",
             {{"upload", answer.upload},
              {"accepted", answer.rows.accepted()},
              {"refused", answer.rows.refused()},
              {"principal", upload.value().sender.by.get()}});
  co_return http::Response::json(answer.nothing_accepted() ? kUnprocessable : kAccepted,
                                 answer.json());
}

http::Response Routes::refused(UploadKind kind, const Error& error, Clock::time_point since) {
  probe_.upload_done(kind, name(error.code), Clock::now() - since);
  log_.warn_throttled(refusals_,
                      "upload_refused",
                      "An upload was refused",
                      {{"kind", kind == UploadKind::kExposures ? "exposures" : "reports"},
                       {"code", error.code},
                       {"detail", error.detail}});
  return http::problem(error);
}

}  // namespace cw::intake
