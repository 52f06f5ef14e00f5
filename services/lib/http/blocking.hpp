#pragma once

#include "lib/base/assert.hpp"
#include "lib/http/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace cw::http {

/// Runs `io` on this thread until `task` has ended, and gives its value. For programs and tests
/// that do one thing after the other; `io` must have no other thread and no endless work.
template <class T>
T run_blocking(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> value;
  std::exception_ptr failure;
  // A named function with its state in parameters: gcc 12 miscompiles captures of temporaries.
  const auto run =
      [](Task<T> inner, std::optional<T>& out, std::exception_ptr& error) -> Task<void> {
    try {
      out.emplace(co_await std::move(inner));
    } catch (...) {
      error = std::current_exception();
    }
  };
  boost::asio::co_spawn(io, run(std::move(task), value, failure), boost::asio::detached);
  io.restart();
  while (!value && !failure && io.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
  CW_ASSERT(value.has_value());
  return std::move(*value);
}

}  // namespace cw::http
