#pragma once

#include <boost/asio/awaitable.hpp>

namespace cw::http {

/// A coroutine of this library and of the services' handlers. It runs on its session's strand:
/// never block in it; hand long work to another executor and await that.
template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace cw::http
