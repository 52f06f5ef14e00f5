#include "lib/domain/reporting_log.hpp"

namespace cw {

void ReportingLog::add(std::string_view issuer, Heard report) {
  auto found = issuers_.find(issuer);
  if (found == issuers_.end()) found = issuers_.emplace(issuer, Habits{}).first;
  found->second.reports.add({report.received_at, report.reported_at});
  found->second.lags.add(report.received_at - report.reported_at);
}

void ReportingLog::remove(std::string_view issuer, Heard report) {
  const auto found = issuers_.find(issuer);
  if (found == issuers_.end()) return;
  found->second.reports.remove({report.received_at, report.reported_at});
  found->second.lags.remove(report.received_at - report.reported_at);
}

std::optional<ReportingLog::Heard> ReportingLog::last(std::string_view issuer,
                                                      Instant known_at) const {
  const auto found = issuers_.find(issuer);
  if (found == issuers_.end()) return std::nullopt;
  const auto report = found->second.reports.last_up_to({known_at, Instant::max()});
  if (!report) return std::nullopt;
  return Heard{report->first, report->second};
}

std::optional<std::chrono::milliseconds> ReportingLog::usual_lag(std::string_view issuer) const {
  const auto found = issuers_.find(issuer);
  if (found == issuers_.end()) return std::nullopt;
  return found->second.lags.median();
}

}  // namespace cw
