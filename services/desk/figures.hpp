#pragma once

#include "desk/control_view.hpp"
#include "desk/match_view.hpp"
#include "desk/probe.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cw::desk {

/// Counts the figures of every incident and sets their gauges.
void update_figures(const Control& control, const MatchView& matches, Instant now, Probe& probe);

/// Does so on a thread of its own, whenever facts, control or the day have changed, at most once an
/// interval. A scrape then costs nothing, however many facts there are.
class Figures {
 public:
  /// The views and the probe must outlive it.
  Figures(const ControlView& control,
          const MatchView& matches,
          Probe& probe,
          std::chrono::milliseconds interval);
  ~Figures();
  Figures(const Figures&) = delete;
  Figures& operator=(const Figures&) = delete;

 private:
  void run();

  const ControlView& control_;
  const MatchView& matches_;
  Probe& probe_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable stop_cv_;
  bool stopping_ = false;
  std::thread thread_;  ///< Last: it uses the others.
};

}  // namespace cw::desk
