#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace cw::notifier {

/// Where requests wait for new entries of their issuer: a bounded number of seats for each issuer
/// and in all, so that one issuer's many requests neither fill the listener nor keep others out.
/// THREAD: safe.
class WaitRoom {
 public:
  struct Limits {
    std::size_t per_issuer = 4;
    std::size_t in_all = 1000;
  };
  explicit WaitRoom(Limits limits);

  class Seat;
  /// Take it before looking for entries: what comes after that is not missed. `strand`: the
  /// waiting coroutine's. Fails with kLimitReached.
  [[nodiscard]] Result<std::unique_ptr<Seat>> enter(const IssuerId& issuer,
                                                    const boost::asio::any_io_executor& strand);

  /// The issuer may have new entries.
  void wake(const IssuerId& issuer);
  /// Wakes all; from now on nobody waits.
  void stop();
  [[nodiscard]] bool stopping() const;

 private:
  struct Place;
  struct Room;
  std::shared_ptr<Room> room_;
};

/// Given back when it is destroyed; may outlive the room.
class WaitRoom::Seat {
 public:
  Seat(std::shared_ptr<Room> room, std::shared_ptr<Place> place);
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  /// Until woken since the last call (or since the seat was taken), stopped, or `until`.
  [[nodiscard]] http::Task<void> wait(std::chrono::steady_clock::time_point until);

 private:
  std::shared_ptr<Room> room_;
  std::shared_ptr<Place> place_;
};

}  // namespace cw::notifier
