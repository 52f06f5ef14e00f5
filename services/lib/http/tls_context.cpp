#include "lib/http/tls_context.hpp"

#include "lib/base/assert.hpp"
#include "lib/http/detail/tls_native.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <mutex>
#include <sstream>

namespace cw::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::buffer;
using boost::system::error_code;

Result<std::string> read_file(const std::string& path, const char* what) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (path.empty() || !in || !text || text.view().empty()) {
    return Error{Errc::kFileRead, std::string{"cannot read the "} + what + " file '" + path + "'"};
  }
  return std::move(text).str();
}

Error invalid(const char* what, const std::string& path, const error_code& ec) {
  return {Errc::kKeyInvalid,
          std::string{"the "} + what + " file '" + path + "' is not usable: " + ec.message()};
}

Instant to_instant(const ASN1_TIME* time) {
  std::tm parts{};
  CW_ASSERT(ASN1_TIME_to_tm(time, &parts) == 1);
  return Instant{std::chrono::seconds{timegm(&parts)}};
}

/// No renegotiation, no resumption (a resumed session would outlive a reload), only ciphers with
/// forward secrecy.
void harden(ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  CW_ASSERT(SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  CW_ASSERT(SSL_CTX_set_num_tickets(native, 0) == 1);
  CW_ASSERT(SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // Without a callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
  context.set_password_callback(
      [](std::size_t, ssl::context::password_purpose) { return std::string{}; });
}

/// So that a client with several certificates knows which one to send.
void announce_ca(ssl::context& context, const std::string& path) {
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(path.c_str());
  if (names != nullptr) SSL_CTX_set_client_CA_list(context.native_handle(), names);
  ERR_clear_error();
}

Status use_files(ssl::context& context, const TlsFiles& files) {
  const auto certificate = read_file(files.certificate, "certificate");
  if (!certificate) return certificate.error();
  const auto key = read_file(files.key, "private key");
  if (!key) return key.error();
  const auto ca = read_file(files.ca, "CA");
  if (!ca) return ca.error();
  error_code ec;
  if (context.use_certificate_chain(buffer(certificate.value()), ec)) {
    return invalid("certificate", files.certificate, ec);
  }
  if (context.use_private_key(buffer(key.value()), ssl::context::pem, ec)) {
    return invalid("private key", files.key, ec);
  }
  if (context.add_certificate_authority(buffer(ca.value()), ec)) {
    return invalid("CA", files.ca, ec);
  }
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return Error{Errc::kKeyInvalid,
                 "'" + files.key + "' is not the key of '" + files.certificate + "'"};
  }
  return Ok{};
}

Result<std::shared_ptr<TlsContext::Native>> make_native(TlsContext::Role role,
                                                        const TlsFiles& files) {
  const bool server = role == TlsContext::Role::kServer;
  auto native = std::make_shared<TlsContext::Native>(TlsContext::Native{
      ssl::context{server ? ssl::context::tls_server : ssl::context::tls_client}});
  harden(native->context);
  Status status = use_files(native->context, files);
  if (!status) return std::move(status).error();
  if (server) announce_ca(native->context, files.ca);

  const X509* certificate = SSL_CTX_get0_certificate(native->context.native_handle());
  native->not_before = to_instant(X509_get0_notBefore(certificate));
  native->not_after = to_instant(X509_get0_notAfter(certificate));
  const Instant at = now();
  if (at < native->not_before || at > native->not_after) {
    return Error{Errc::kCertificateExpired,
                 "'" + files.certificate + "' is valid from " + format_instant(native->not_before) +
                     " to " + format_instant(native->not_after)};
  }
  return native;
}

}  // namespace

struct TlsContext::State {
  Role role;
  TlsFiles files;
  mutable std::mutex mutex = {};
  std::shared_ptr<Native> native = {};
};

Result<std::shared_ptr<TlsContext>> TlsContext::load(Role role, TlsFiles files) {
  auto native = make_native(role, files);
  if (!native) return std::move(native).error();
  return std::shared_ptr<TlsContext>{
      new TlsContext{role, std::move(files), std::move(native).value()}};
}

TlsContext::TlsContext(Role role, TlsFiles files, std::shared_ptr<Native> native)
    : state_(new State{.role = role, .files = std::move(files), .native = std::move(native)}) {}

TlsContext::~TlsContext() = default;

Status TlsContext::reload() {
  auto native = make_native(state_->role, state_->files);
  if (!native) return std::move(native).error();
  const std::lock_guard lock(state_->mutex);
  state_->native = std::move(native).value();
  return Ok{};
}

Instant TlsContext::expires_at() const {
  return native()->not_after;
}

std::shared_ptr<TlsContext::Native> TlsContext::native() const {
  const std::lock_guard lock(state_->mutex);
  return state_->native;
}

}  // namespace cw::http
