#pragma once

#include "intake/report_index.hpp"
#include "lib/base/result.hpp"
#include "lib/domain/report.hpp"

#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace cw::intake {

/// The topic of reports, as the relay of corrections uses it. THREAD: one caller at a time; calls
/// block, and end early with kCancelled when asked to stop.
class CorrectionLog {
 public:
  virtual ~CorrectionLog() = default;

  /// Hands over the values of the records at these places, in any order. Fails with kNotFound,
  /// kBrokerUnavailable, kCancelled.
  [[nodiscard]] virtual Status read(std::span<const Place> places,
                                    const std::function<void(std::string_view)>& sink,
                                    const std::stop_token& stop) = 0;
  /// Writes each copy under its home() and waits until Kafka has acknowledged all. Fails with
  /// Kafka's codes and kCancelled; some may have been written then.
  [[nodiscard]] virtual Status write(std::span<const ReportRevision> copies,
                                     const std::stop_token& stop) = 0;
};

}  // namespace cw::intake
