#include "notifier/build_gate.hpp"

#include "lib/base/assert.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace cw::notifier {

namespace asio = boost::asio;

struct BuildGate::Line {
  explicit Line(std::size_t slots) : free(slots) {}

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
  std::size_t free;
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

BuildGate::Turn::~Turn() {
  line_->leave();
}

}  // namespace cw::notifier
