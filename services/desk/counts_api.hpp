#pragma once

#include "desk/control_view.hpp"
#include "desk/feed_view.hpp"
#include "desk/match_view.hpp"
#include "desk/probe.hpp"
#include "lib/domain/counts.hpp"
#include "lib/http/router.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace cw::desk {

/// GET .../counts, .../counts/series and GET /v1/feeds/states. Counting is done on threads of its
/// own, so that a large count delays no other request. THREAD: safe.
class CountsApi {
 public:
  struct Views {
    const ControlView& control;
    const MatchView& matches;
    const FeedView& feeds;
  };
  struct Options {
    std::uint32_t threads = 2;
    std::uint32_t waiting_max = 64;
  };

  /// `ready` tells whether facts and control have been read to their end; before that nothing is
  /// answered, because a figure would be too small.
  CountsApi(Views views, Probe& probe, Options options, std::function<Status()> ready);
  ~CountsApi();
  CountsApi(const CountsApi&) = delete;
  CountsApi& operator=(const CountsApi&) = delete;

  void add_to(http::Router& router);

 private:
  /// Makes an answer out of the incident, on a thread of its own. May fail.
  using Count = std::function<Result<std::string>(const Incident&)>;

  [[nodiscard]] http::Task<http::Response> get_counts(const http::Request& request);
  [[nodiscard]] http::Task<http::Response> get_series(const http::Request& request);
  [[nodiscard]] http::Task<http::Response> answer(const http::Request& request,
                                                  const Control& control,
                                                  const Count& count);
  /// Optional only because Asio wants a value that can be made from nothing.
  [[nodiscard]] http::Task<std::optional<Result<std::string>>> on_worker(const Count& count,
                                                                         const Incident& incident);

  Views views_;
  Probe& probe_;
  Options options_;
  std::function<Status()> ready_;
  std::atomic<std::uint32_t> waiting_{0};
  boost::asio::thread_pool workers_;  ///< Last: joins before what it uses goes.
};

}  // namespace cw::desk
