#include "cli/exit_code.hpp"

namespace cw::cli {

ExitCode exit_code(Errc code) noexcept {
  switch (code) {
    case Errc::kInternal:
      return ExitCode::kBug;
    case Errc::kForbidden:
    case Errc::kUnauthenticated:
    case Errc::kClientCertificate:
      return ExitCode::kForbidden;
    case Errc::kConfigUnknownKey:
    case Errc::kConfigValue:
    case Errc::kConfigMissing:
    case Errc::kKeyInvalid:
    case Errc::kCertificateExpired:
      return ExitCode::kConfig;
    case Errc::kUnavailable:
    case Errc::kBrokerUnavailable:
    case Errc::kQueueFull:
    case Errc::kResolveTimeout:
    case Errc::kConnectTimeout:
    case Errc::kHandshakeTimeout:
    case Errc::kWriteTimeout:
    case Errc::kResponseTimeout:
    case Errc::kReadTimeout:
    case Errc::kConnectFailed:
    case Errc::kTlsFailed:
    case Errc::kConnectionLost:
    case Errc::kResponseMalformed:
    case Errc::kCancelled:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kDataRefused;
  }
}

ExitCode exit_code_of_status(int status) noexcept {
  if (status == 401 || status == 403) return ExitCode::kForbidden;
  if (status == 408 || status == 429 || status >= 500) return ExitCode::kUnavailable;
  return ExitCode::kDataRefused;
}

}  // namespace cw::cli
