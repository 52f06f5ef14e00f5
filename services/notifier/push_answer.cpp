#include "notifier/push_answer.hpp"

#include "lib/codec/json_value.hpp"
#include "notifier/retry_after.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cw::notifier {
namespace {

using Kind = DeliveryEvent::Kind;

bool is_message(const BuiltBatch& batch) {
  return batch.replacing || !batch.verification.empty();
}

PushOutcome outcome(Kind kind, std::string_view label, Error error) {
  return {.event = {.kind = kind, .error = std::move(error)}, .label = label};
}

PushOutcome not_answered(const Error& error) {
  switch (error.code) {
    case Errc::kTlsFailed:
    case Errc::kCertificateExpired:
      return outcome(Kind::kTrouble, "tls", error);
    case Errc::kKeyInvalid:
      return outcome(Kind::kTrouble, "key", error);
    case Errc::kAddressForbidden:
      return outcome(Kind::kTrouble, "address", error);
    case Errc::kResolveTimeout:
    case Errc::kConnectTimeout:
    case Errc::kHandshakeTimeout:
    case Errc::kWriteTimeout:
    case Errc::kResponseTimeout:
      return outcome(Kind::kFailed, "timeout", error);
    case Errc::kBodyTooLarge:
    case Errc::kHeadersTooLarge:
    case Errc::kResponseMalformed:
      return outcome(Kind::kFailed, "malformed", error);
    case Errc::kCancelled:
      return outcome(Kind::kFailed, "cancelled", error);
    default:
      return outcome(Kind::kFailed, "connection", error);
  }
}

PushOutcome accepted(std::uint64_t through, codec::FeedAnswer answer, const BuiltBatch& batch) {
  PushOutcome result = outcome(Kind::kAccepted, "accepted", {});
  result.through = through;
  result.event.count = static_cast<std::size_t>(
      std::count_if(batch.entries.begin(), batch.entries.end(), [&](const DeliveredEntry& entry) {
        return entry.seq <= through;
      }));
  result.answer = std::move(answer);
  result.answer.accepted_through = through;
  result.answer.applied_through = std::min(result.answer.applied_through, through);
  return result;
}

PushOutcome malformed(std::string detail) {
  return outcome(Kind::kFailed, "malformed", {Errc::kResponseMalformed, std::move(detail)});
}

/// A verification or replacing batch: it moves no cursor, whatever the answer says of one.
PushOutcome message_taken(codec::FeedAnswer answer, const BuiltBatch& batch) {
  PushOutcome result = outcome(Kind::kAccepted, "accepted", {});
  result.through = batch.through;
  result.answer = std::move(answer);
  return result;
}

PushOutcome with_body(const http::ClientResponse& response, const BuiltBatch& batch) {
  auto decoded = codec::decode_feed_answer(response.body);
  if (!decoded) return malformed("answer: " + decoded.error().detail);
  codec::FeedAnswer& answer = decoded.value();
  if (!batch.verification.empty() && answer.verification != batch.verification) {
    return malformed("the answer does not repeat the verification");
  }
  if (is_message(batch)) return message_taken(std::move(answer), batch);
  const auto through = std::min(answer.accepted_through, batch.through);
  if (batch.entries.empty() || through < batch.entries.front().seq) {
    return outcome(Kind::kFailed,
                   "malformed",
                   {Errc::kRemoteRefused, "the issuer answered 200 but stored nothing of it"});
  }
  const std::uint64_t told = answer.accepted_through;
  PushOutcome result = accepted(through, std::move(answer), batch);
  result.told_through = told;
  return result;
}

PushOutcome failed(const http::ClientResponse& response,
                   Instant now,
                   std::chrono::milliseconds retry_after_max) {
  const int status = response.status;
  const bool busy = status == 429 || status == 503;
  const bool denied = status == 401 || status == 403;
  PushOutcome result = outcome(Kind::kFailed,
                               busy ? "busy" : (denied ? "denied" : "status"),
                               {Errc::kRemoteRefused, "status " + std::to_string(status)});
  const auto header = response.headers.find("Retry-After");
  if (!busy || !header) return result;
  // Their date is meant by their clock, which may be minutes off ours.
  const auto date = response.headers.find("Date");
  const Instant their_now = date ? parse_http_date(*date).value_or(now) : now;
  result.event.retry_after = parse_retry_after(*header, their_now, retry_after_max);
  return result;
}

/// 409 with problem+json that says where the receiver stands; any other 409 is just a failure.
PushOutcome conflict(const http::ClientResponse& response, const BuiltBatch& batch) {
  PushOutcome result = outcome(Kind::kFailed, "status", {Errc::kRemoteRefused, "status 409"});
  if (!batch.verification.empty()) return result;
  const auto problem = codec::JsonDocument::parse(response.body);
  if (!problem) return result;
  const auto through = problem.value().root()["accepted_through"].unsigned_integer();
  const auto epoch = problem.value().root()["epoch"].unsigned_integer();
  if (!through || !epoch || *epoch > std::numeric_limits<std::uint32_t>::max()) return result;
  result.event.kind = Kind::kGap;
  result.event.error.detail = "status 409: it stands at " + std::to_string(*through) +
                              " of epoch " + std::to_string(*epoch) + ", the batch begins after " +
                              std::to_string(batch.after);
  result.label = "gap";
  result.gap = GapAnswer{*through, static_cast<std::uint32_t>(*epoch)};
  return result;
}

}  // namespace

PushOutcome judge(const Result<http::ClientResponse>& response,
                  const BuiltBatch& batch,
                  Instant now,
                  std::chrono::milliseconds retry_after_max) {
  if (!response) return not_answered(response.error());
  const http::ClientResponse& answer = response.value();
  const Error error{Errc::kRemoteRefused, "status " + std::to_string(answer.status)};
  switch (answer.status) {
    case 200:
      return with_body(answer, batch);
    case 202:
      return is_message(batch) ? message_taken({}, batch) : accepted(batch.through, {}, batch);
    case 400:
    case 413:
    case 422:
      return outcome(Kind::kRefused, "refused", error);
    case 409:
      return conflict(answer, batch);
    case 410:
      return outcome(Kind::kGone, "gone", error);
    default:
      return failed(answer, now, retry_after_max);
  }
}

}  // namespace cw::notifier
