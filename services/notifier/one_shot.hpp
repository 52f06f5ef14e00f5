#pragma once

#include "lib/http/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace cw::notifier {

/// A value that one coroutine waits for and somebody else, in any thread, sets once.
/// Cheap to copy: all copies are the same. THREAD: set() safe, from anywhere.
template <class T>
class OneShot {
 public:
  /// `strand`: the waiting coroutine's.
  explicit OneShot(boost::asio::any_io_executor strand)
      : state_(std::make_shared<State>(std::move(strand))) {}

  void set(T value) const {
    {
      const std::lock_guard lock{state_->mutex};
      if (state_->value) return;
      state_->value.emplace(std::move(value));
    }
    boost::asio::post(state_->timer.get_executor(),
                      [state = state_]() mutable { state->timer.cancel(); });
  }

  /// Once. Ends by an exception if the waiting coroutine is cancelled.
  [[nodiscard]] http::Task<T> wait() const {
    const auto state = state_;
    for (;;) {
      {
        const std::lock_guard lock{state->mutex};
        if (state->value) co_return std::move(*state->value);
      }
      co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }

 private:
  struct State {
    explicit State(boost::asio::any_io_executor strand)
        : timer(std::move(strand), std::chrono::steady_clock::time_point::max()) {}

    std::mutex mutex;
    std::optional<T> value;
    boost::asio::steady_timer timer;
  };

  std::shared_ptr<State> state_;
};

}  // namespace cw::notifier
