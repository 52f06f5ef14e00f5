#pragma once

#include "desk/control_view.hpp"
#include "desk/control_writer.hpp"
#include "desk/match_view.hpp"
#include "desk/probe.hpp"
#include "desk/published_figures.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/logger.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cw::desk {

/// Publishing figures, listing them and counting them again: POST and GET .../figures, POST
/// .../figures/{number}/verify. The work is done on a thread of its own, one after the other.
/// THREAD: safe.
class PublishApi {
 public:
  struct Views {
    const ControlView& control;
    const MatchView& matches;
  };
  /// Reads matches.v1 again, from its beginning up to these offsets. Blocks. May fail with
  /// kUnavailable.
  using PastFacts = std::function<Result<std::shared_ptr<const MatchView>>(const Offsets&)>;

  /// `ready` as for CountsApi.
  PublishApi(Views views,
             ControlWriter& writer,
             Probe& probe,
             PastFacts past_facts,
             std::function<Status()> ready);
  ~PublishApi();
  PublishApi(const PublishApi&) = delete;
  PublishApi& operator=(const PublishApi&) = delete;

  void add_to(http::Router& router, std::chrono::milliseconds change_timeout);

 private:
  [[nodiscard]] http::Task<http::Response> publish(const http::Request& request);
  [[nodiscard]] http::Response list(const http::Request& request) const;
  [[nodiscard]] http::Task<http::Response> verify(const http::Request& request);

  [[nodiscard]] Result<Figure> count_figure(const http::Request& request) const;
  [[nodiscard]] Result<std::string> recount(const Figure& figure) const;
  /// Optional only because Asio wants a value that can be made from nothing.
  [[nodiscard]] http::Task<std::optional<Result<Figure>>> count_on_worker(
      const http::Request& request);
  [[nodiscard]] http::Task<std::optional<Result<std::string>>> recount_on_worker(
      const Figure& figure);

  Views views_;
  ControlWriter& writer_;
  Probe& probe_;
  PastFacts past_facts_;
  std::function<Status()> ready_;
  telemetry::Logger log_{"figures"};
  boost::asio::thread_pool worker_{1};  ///< Last: joins before what it uses goes.
};

}  // namespace cw::desk
