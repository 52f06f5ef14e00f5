#pragma once

#include "lib/base/time.hpp"
#include "lib/http/message.hpp"
#include "lib/http/tls_context.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <string>

namespace cw::http {

struct TlsContext::Native {
  boost::asio::ssl::context context;
  Instant not_before{};
  Instant not_after{};
};

namespace detail {

/// The peer after a handshake. Empty fields if it has no certificate or more or less than one
/// common name.
[[nodiscard]] PeerIdentity peer_identity(SSL* ssl);

/// Demands that the server's certificate is for `host` (name or address) and sends SNI.
[[nodiscard]] bool expect_host(SSL* ssl, const std::string& host);

/// What the certificate check found fault with, or "".
[[nodiscard]] std::string verify_fault(SSL* ssl);

}  // namespace detail
}  // namespace cw::http
