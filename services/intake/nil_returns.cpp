#include "intake/nil_returns.hpp"

#include "lib/codec/control_request.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/report_times.hpp"
#include "lib/http/principals.hpp"
#include "lib/http/problem.hpp"

#include <string>

namespace cw::intake {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBodyBytesMax = 4096;
constexpr int kOk = 200;
constexpr int kAccepted = 202;

std::string answer(const NilReturn& record, bool written) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("status", written ? "recorded" : "unchanged");
  writer.string("issuer", record.issuer.get()).string("until", format_instant(record.until));
  writer.string("received_at", format_instant(record.received_at)).end_object();
  return out;
}

}  // namespace

Result<std::optional<NilReturn>> nil_return(const Control& control, const NilReturn& asked) {
  if (asked.issuer.get().empty()) {
    return Error{Errc::kIssuerForbidden, "a nil return is sent by a principal of an issuer"};
  }
  if (control.issuer(asked.issuer) == nullptr) {
    return Error{Errc::kUnknownIssuer, "no issuer " + asked.issuer.get() + " is known"};
  }
  if (asked.until < codec::kEarliestTime) {
    return Error{Errc::kTimestampRange, "until lies before 1990"};
  }
  if (asked.until > asked.received_at + NilReturns::kLead) {
    return Error{Errc::kTimestampRange, "until lies more than 24 hours ahead"};
  }
  const NilReturn* held = control.nil_returns().last(asked.issuer);
  if (held == nullptr || held->until < asked.until) return std::optional{asked};
  if (held->until == asked.until) return std::optional<NilReturn>{};
  return Error{Errc::kNilReturnBackwards,
               "the nil return before reaches to " + format_instant(held->until)};
}

void NilReturnApi::add_to(http::Router& router, std::chrono::milliseconds handle_timeout) {
  router.add(
      "POST",
      "/v1/reports/nil",
      {.role = "report", .body_bytes_max = kBodyBytesMax, .handle_timeout = handle_timeout},
      [this](const http::Request& request, http::BodyReader& body) { return post(request, body); });
}

http::Task<http::Response> NilReturnApi::post(const http::Request& request,
                                              http::BodyReader& body) {
  const auto since = Clock::now();
  const auto taken = co_await take(request, body);
  if (!taken) {
    const Error& error = taken.error();
    probe_.upload_done(UploadKind::kNilReturn, name(error.code), Clock::now() - since);
    log_.warn_throttled(
        refusals_,
        "nil_return_refused",
        "A nil return was refused",
        {{"principal", request.principal->name}, {"code", error.code}, {"detail", error.detail}});
    co_return http::problem(error);
  }
  const auto& [record, written] = taken.value();
  probe_.upload_done(
      UploadKind::kNilReturn, written ? "recorded" : "unchanged", Clock::now() - since);
  co_return http::Response::json(written ? kAccepted : kOk, answer(record, written));
}

http::Task<Result<std::pair<NilReturn, bool>>> NilReturnApi::take(const http::Request& request,
                                                                  http::BodyReader& body) {
  const auto ready = ready_();
  if (!ready) co_return ready.error();
  if (!request.headers.find("content-type").value_or("").starts_with("application/json")) {
    co_return Error{Errc::kMediaType, "a nil return is sent as application/json"};
  }
  const auto text = co_await body.read_all(kBodyBytesMax);
  if (!text) co_return text.error();
  const auto until = codec::decode_nil_return_request(text.value());
  if (!until) co_return until.error();
  const NilReturn asked{.issuer = IssuerId{request.principal->issuer},
                        .until = until.value(),
                        .received_at = now(),
                        .by = Principal{request.principal->name}};
  const auto control = control_.snapshot();
  const auto record = nil_return(*control, asked);
  if (!record) co_return record.error();
  if (!record.value()) co_return std::pair{*control->nil_returns().last(asked.issuer), false};
  const auto written = co_await publisher_.record_nil_return(asked);
  if (!written) co_return written.error();
  co_return std::pair{asked, true};
}

}  // namespace cw::intake
