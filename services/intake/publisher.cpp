#include "intake/publisher.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cw::intake {

namespace asio = boost::asio;

http::Task<Status> offer_patiently(UploadBatch& batch,
                                   const OutMessage& message,
                                   std::chrono::milliseconds wait) {
  constexpr std::chrono::milliseconds kPause{5};
  const auto deadline = std::chrono::steady_clock::now() + wait;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  while (true) {
    auto status = batch.offer(message);
    const bool full = !status && status.error().code == Errc::kQueueFull;
    if (!full || std::chrono::steady_clock::now() >= deadline) co_return status;
    timer.expires_after(kPause);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace cw::intake
