#include "notifier/build_gate.hpp"

#include "lib/base/assert.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace cw::notifier {

namespace asio = boost::asio;

struct BuildGate::Line {
  using Clock = std::chrono::steady_clock;

  explicit Line(std::size_t all) : slots(all), free(all) {}

  /// Calls `go` at once or when it is its turn; it must be short and not throw.
  void enter(std::function<void()> go) {
    {
      const std::lock_guard lock{mutex};
      if (free == 0) {
        waiters.push_back(std::move(go));
        return;
      }
      --free;
    }
    go();
  }

  void leave() {
    std::function<void()> next;
    {
      const std::lock_guard lock{mutex};
      left_at = Clock::now();
      if (waiters.empty()) {
        ++free;
        return;
      }
      next = std::move(waiters.front());
      waiters.pop_front();
    }
    next();
  }

  std::mutex mutex;
  const std::size_t slots;
  std::size_t free;
  std::optional<Clock::time_point> left_at = {};  ///< The newest end of a turn.
  std::deque<std::function<void()>> waiters;
};

BuildGate::BuildGate(std::size_t slots) : line_(std::make_shared<Line>(slots)) {
  CW_ASSERT(slots > 0);
}

BuildGate::~BuildGate() = default;

http::Task<std::unique_ptr<BuildGate::Turn>> BuildGate::enter() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto line = line_;
  auto initiate = [line, &executor](auto handler) {
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    line->enter([shared, executor] { asio::post(executor, [shared] { (*shared)(); }); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(initiate),
                                                                        asio::use_awaitable);
  co_return std::make_unique<Turn>(line);
}

std::size_t BuildGate::waiting() const {
  const std::lock_guard lock{line_->mutex};
  return line_->waiters.size();
}

bool BuildGate::used_within(std::chrono::milliseconds time) const {
  const std::lock_guard lock{line_->mutex};
  if (line_->free < line_->slots) return true;
  return line_->left_at && Line::Clock::now() - *line_->left_at < time;
}

BuildGate::Turn::~Turn() {
  line_->leave();
}

}  // namespace cw::notifier
