#pragma once

#include "desk/control_view.hpp"
#include "desk/control_writer.hpp"
#include "desk/probe.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/logger.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace cw::desk {

/// Incidents, issuers and scope revisions over HTTP. Every change is answered once it is committed
/// and can be read here. THREAD: safe.
class ControlApi {
 public:
  /// `ready` tells whether control has been read to its end; before that nothing is answered.
  ControlApi(const ControlView& view,
             ControlWriter& writer,
             Probe& probe,
             std::function<Status()> ready)
      : view_(view), writer_(writer), probe_(probe), ready_(std::move(ready)) {}

  void add_to(http::Router& router, std::chrono::milliseconds change_timeout);

 private:
  [[nodiscard]] http::Task<http::Response> put_incident(const http::Request& request,
                                                        http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> put_issuer(const http::Request& request,
                                                      http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> propose(const http::Request& request,
                                                   http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> approve(const http::Request& request,
                                                   http::BodyReader& body);
  [[nodiscard]] http::Response list_incidents() const;
  [[nodiscard]] http::Response show_incident(const http::Request& request) const;
  [[nodiscard]] http::Response list_issuers() const;
  [[nodiscard]] http::Response list_scopes(const http::Request& request) const;

  /// Submits the change, logs and counts it, and makes an error its answer.
  [[nodiscard]] http::Task<Result<Decision>> change(const http::Request& request,
                                                    std::string_view what,
                                                    const ControlWriter::Rule& rule);
  [[nodiscard]] http::Response refused(const http::Request& request,
                                       std::string_view what,
                                       const Error& error);

  const ControlView& view_;
  ControlWriter& writer_;
  Probe& probe_;
  std::function<Status()> ready_;
  telemetry::Logger log_{"control"};
  telemetry::Throttle refusals_;
};

}  // namespace cw::desk
