#pragma once

#include "intake/control_view.hpp"
#include "intake/probe.hpp"
#include "intake/publisher.hpp"
#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/control.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace cw::intake {

/// The record to write for what is asked; none if that was said before. Fails with kIssuerForbidden
/// (no issuer), kUnknownIssuer, kTimestampRange (before 1990, or more than NilReturns::kLead ahead)
/// or kNilReturnBackwards.
[[nodiscard]] Result<std::optional<NilReturn>> nil_return(const Control& control,
                                                          const NilReturn& asked);

/// POST /v1/reports/nil {"until": instant}, for principals of an issuer. What is answered stands in
/// control.v1. THREAD: safe.
class NilReturnApi {
 public:
  using Ready = std::function<Status()>;

  NilReturnApi(Publisher& publisher, const ControlView& control, Probe& probe, Ready ready)
      : publisher_(publisher), control_(control), probe_(probe), ready_(std::move(ready)) {}

  /// The route refers to this object.
  void add_to(http::Router& router, std::chrono::milliseconds handle_timeout);

 private:
  [[nodiscard]] http::Task<http::Response> post(const http::Request& request,
                                                http::BodyReader& body);
  [[nodiscard]] http::Task<Result<std::pair<NilReturn, bool>>> take(const http::Request& request,
                                                                    http::BodyReader& body);

  Publisher& publisher_;
  const ControlView& control_;
  Probe& probe_;
  Ready ready_;
  telemetry::Logger log_{"intake"};
  telemetry::Throttle refusals_;
};

}  // namespace cw::intake
