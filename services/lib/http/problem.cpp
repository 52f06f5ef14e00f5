#include "lib/http/problem.hpp"

#include "lib/base/quoted.hpp"

namespace cw::http {
namespace {

constexpr std::string_view kRetryAfterSeconds = "2";

std::string_view title(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::kJsonSyntax:
    case Errc::kBadRequest:
      return 400;
    case Errc::kUnauthenticated:
    case Errc::kClientCertificate:
    case Errc::kSignatureInvalid:
    case Errc::kTimestampSkew:
    case Errc::kContentDigest:
    case Errc::kSignatureKey:
    case Errc::kSignatureComponents:
    case Errc::kSignatureExpired:
    case Errc::kSignatureReplayed:
      return 401;
    case Errc::kForbidden:
    case Errc::kIssuerForbidden:
    case Errc::kImportForbidden:
    case Errc::kSamePrincipal:
    case Errc::kStateNotYours:
    // A body under another key, or for somebody else: no fault of what is in it.
    case Errc::kDecryptFailed:
    case Errc::kKeyMismatch:
      return 403;
    case Errc::kNotFound:
    case Errc::kRouteUnknown:
    case Errc::kUnknownIssuer:
    case Errc::kUnknownIncident:
    case Errc::kUnknownFile:
      return 404;
    case Errc::kMethodNotAllowed:
      return 405;
    case Errc::kReadTimeout:
      return 408;
    case Errc::kConflict:
    case Errc::kIncidentExists:
    case Errc::kIncidentClosed:
    case Errc::kIssuerExists:
    case Errc::kIinConflict:
    case Errc::kScopeState:
    case Errc::kFileContentDiffers:
    case Errc::kNilReturnBackwards:
    case Errc::kAckNeverSent:
    case Errc::kAckBackwards:
    case Errc::kEpochOver:
      return 409;
    case Errc::kBodyTooLarge:
    case Errc::kRecordTooLarge:
      return 413;
    case Errc::kMediaType:
      return 415;
    case Errc::kFeedNotHere:
      return 421;
    case Errc::kSchemaViolation:
    case Errc::kSchemaVersion:
    case Errc::kCsvSyntax:
    case Errc::kEncoding:
    case Errc::kUnknownColumn:
    case Errc::kMissingColumn:
    case Errc::kDuplicateColumn:
    case Errc::kFieldCount:
    case Errc::kFieldTooLong:
    case Errc::kPanCharacters:
    case Errc::kPanLength:
    case Errc::kPanLuhn:
    case Errc::kExpiryInvalid:
    case Errc::kSensitiveData:
    case Errc::kTimestampInvalid:
    case Errc::kTimestampRange:
    case Errc::kAmountInvalid:
    case Errc::kRevisionInvalid:
    case Errc::kCodeInvalid:
    case Errc::kFieldMissing:
    case Errc::kPredicateInvalid:
      return 422;
    case Errc::kLimitReached:
      return 429;
    case Errc::kHeadersTooLarge:
      return 431;
    case Errc::kAddressForbidden:
    case Errc::kConnectFailed:
    case Errc::kTlsFailed:
    case Errc::kConnectionLost:
    case Errc::kResponseMalformed:
    case Errc::kRemoteRefused:
      return 502;
    case Errc::kUnavailable:
    case Errc::kCancelled:
    case Errc::kBrokerUnavailable:
    case Errc::kQueueFull:
    case Errc::kTopicMissing:
    case Errc::kTransactionAborted:
    case Errc::kTransactionIndefinite:
      return 503;
    case Errc::kResolveTimeout:
    case Errc::kConnectTimeout:
    case Errc::kHandshakeTimeout:
    case Errc::kWriteTimeout:
    case Errc::kResponseTimeout:
      return 504;
    case Errc::kInternal:
    case Errc::kFileRead:
    case Errc::kFileWrite:
    case Errc::kConfigUnknownKey:
    case Errc::kConfigValue:
    case Errc::kConfigMissing:
    case Errc::kFenced:
    case Errc::kKafkaFatal:
    case Errc::kKeyInvalid:
    case Errc::kCertificateExpired:
    case Errc::kStoreLocked:
    case Errc::kStoreFull:
    case Errc::kStoreCorrupt:
    case Errc::kStoreIo:
      return 500;
  }
  return 500;
}

Response problem(Errc code, std::string_view detail) {
  Response response{.status = status_of(code),
                    .headers = {{"Content-Type", "application/problem+json"}}};
  response.body = "{\"type\":\"about:blank\",\"title\":" + quoted(title(response.status)) +
                  ",\"status\":" + std::to_string(response.status) +
                  ",\"code\":" + quoted(name(code)) + ",\"detail\":" + quoted(detail);
  if (!remedy(code).empty()) response.body += ",\"hint\":" + quoted(remedy(code));
  response.body += '}';
  if (response.status == 503 || response.status == 429) {
    response.headers.set("Retry-After", std::string{kRetryAfterSeconds});
  }
  return response;
}

Response problem(const Error& error) {
  return problem(error.code, error.detail);
}

}  // namespace cw::http
