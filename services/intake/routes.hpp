#pragma once

#include "intake/exposure_intake.hpp"
#include "intake/report_intake.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <chrono>
#include <functional>

namespace cw::intake {

/// The HTTP edge: requests to uploads, results to responses. THREAD: safe.
class Routes {
 public:
  /// Whether uploads can be taken: control was read and Kafka is there.
  using Ready = std::function<Status()>;

  Routes(ExposureIntake& exposures, ReportIntake& reports, Probe& probe, Ready ready)
      : exposures_(exposures), reports_(reports), probe_(probe), ready_(std::move(ready)) {}

  /// The routes refer to this object. `handle_timeout`: from the end of the body to the answer.
  void add_to(http::Router& router,
              const UploadLimits& limits,
              std::chrono::milliseconds handle_timeout);

 private:
  [[nodiscard]] http::Task<http::Response> put_file(const http::Request& request,
                                                    http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> post_reports(const http::Request& request,
                                                        http::BodyReader& body);
  [[nodiscard]] Result<ExposureUpload> exposure_upload(const http::Request& request) const;
  [[nodiscard]] Result<ReportUpload> report_upload(const http::Request& request) const;
  [[nodiscard]] http::Response refused(UploadKind kind,
                                       const Error& error,
                                       std::chrono::steady_clock::time_point since);

  ExposureIntake& exposures_;
  ReportIntake& reports_;
  Probe& probe_;
  Ready ready_;
  telemetry::Logger log_{"intake"};
  telemetry::Throttle refusals_;
};

}  // namespace cw::intake
