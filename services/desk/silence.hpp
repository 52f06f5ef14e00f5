#pragma once

#include "desk/control_view.hpp"
#include "desk/match_view.hpp"
#include "desk/probe.hpp"
#include "lib/domain/provisional.hpp"
#include "lib/http/router.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace cw::desk {

/// Every issuer of control with how long nothing has been heard of it, the longest first.
[[nodiscard]] std::vector<IssuerSilence> silences(const Control& control,
                                                  const MatchView& matches,
                                                  Instant now);

/// {"limit_seconds", "as_of", "issuers": [...]} of those that are silent for longer than `limit`.
[[nodiscard]] std::string silences_document(const std::vector<IssuerSilence>& all,
                                            std::chrono::seconds limit,
                                            Instant now);

/// GET /v1/issuers/silent?limit=7d, and the gauges of the same. THREAD: safe.
class SilenceApi {
 public:
  /// `ready` tells whether facts and control have been read to their end: before that everyone
  /// would look silent.
  SilenceApi(const ControlView& control,
             const MatchView& matches,
             std::chrono::milliseconds limit,
             std::function<Status()> ready);

  void add_to(http::Router& router);
  void collect(Probe& probe) const;

 private:
  [[nodiscard]] http::Response list(const http::Request& request) const;

  const ControlView& control_;
  const MatchView& matches_;
  std::chrono::seconds limit_;
  std::function<Status()> ready_;
};

}  // namespace cw::desk
