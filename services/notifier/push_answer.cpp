#include "notifier/push_answer.hpp"

#include "notifier/retry_after.hpp"

#include <algorithm>

namespace cw::notifier {
namespace {

using Kind = DeliveryEvent::Kind;

PushOutcome outcome(Kind kind, std::string_view label, Error error) {
  return {.event = {.kind = kind, .error = std::move(error)}, .label = label};
}

PushOutcome not_answered(const Error& error) {
  switch (error.code) {
    case Errc::kTlsFailed:
    case Errc::kCertificateExpired:
      return outcome(Kind::kTrouble, "tls", error);
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

PushOutcome with_body(const http::ClientResponse& response, const BuiltBatch& batch) {
  auto answer = codec::decode_feed_answer(response.body);
  if (!answer) {
    return outcome(
        Kind::kFailed, "malformed", {Errc::kResponseMalformed, "answer: " + answer.error().detail});
  }
  const auto through = std::min(answer.value().accepted_through, batch.through);
  if (batch.entries.empty() || through < batch.entries.front().seq) {
    return outcome(Kind::kFailed,
                   "malformed",
                   {Errc::kRemoteRefused, "the issuer answered 200 but stored nothing of it"});
  }
  return accepted(through, std::move(answer).value(), batch);
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
  if (busy && header) result.event.retry_after = parse_retry_after(*header, now, retry_after_max);
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
      return accepted(batch.through, {}, batch);
    case 400:
    case 413:
    case 422:
      return outcome(Kind::kRefused, "refused", error);
    case 410:
      return outcome(Kind::kGone, "gone", error);
    default:
      return failed(answer, now, retry_after_max);
  }
}

}  // namespace cw::notifier
