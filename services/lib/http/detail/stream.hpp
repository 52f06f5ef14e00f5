#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace cw::http::detail {

using TcpSocket = boost::asio::ip::tcp::socket;
using TlsStream = boost::beast::ssl_stream<TcpSocket>;

/// Awaits give (error_code, ...) instead of throwing.
inline constexpr auto kTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

inline TcpSocket& socket_of(TcpSocket& socket) {
  return socket;
}
inline TcpSocket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

}  // namespace cw::http::detail
