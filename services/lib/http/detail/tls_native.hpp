#pragma once

#include "lib/base/time.hpp"
#include "lib/http/message.hpp"
#include "lib/http/tls_context.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <optional>
#include <string>

namespace cw::http {

struct TlsContext::Native {
  boost::asio::ssl::context context;
  TlsIdentity identity = {};
};

namespace detail {

/// The peer after a handshake. Empty fields if it has no certificate or more or less than one
/// common name.
[[nodiscard]] PeerIdentity peer_identity(SSL* ssl);

/// SHA-256 of a certificate, hex.
[[nodiscard]] std::string fingerprint(const X509* certificate);

/// A time of a certificate, e.g. of X509_get0_notAfter(); nothing if it is malformed.
[[nodiscard]] std::optional<Instant> to_instant(const ASN1_TIME* time);

/// When the certificate ends that the peer of a finished handshake showed.
[[nodiscard]] std::optional<Instant> peer_expires_at(SSL* ssl);

/// Demands that the server's certificate is for `host` (name or address) and sends SNI.
[[nodiscard]] bool expect_host(SSL* ssl, const std::string& host);

/// What the certificate check found fault with, or "".
[[nodiscard]] std::string verify_fault(SSL* ssl);

}  // namespace detail
}  // namespace cw::http
