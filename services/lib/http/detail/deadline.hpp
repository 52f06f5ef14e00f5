#pragma once

#include "lib/http/detail/stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

namespace cw::http::detail {

/// A time limit on what a socket does: when it passes, pending operations end with
/// operation_aborted, while the socket stays open (so that a 408 can still be written).
/// THREAD: the socket's strand.
class Deadline {
 public:
  explicit Deadline(TcpSocket& socket);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// From now; replaces the limit before.
  void arm(std::chrono::milliseconds limit);
  void disarm();
  /// True once the limit set by the last arm() has passed.
  [[nodiscard]] bool expired() const;

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state, unsigned generation);
  std::shared_ptr<State> state_;
};

}  // namespace cw::http::detail
