#include "lib/http/tls_context.hpp"

#include "lib/base/assert.hpp"
#include "lib/http/detail/tls_native.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <system_error>

namespace cw::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t kServersMax = 10'000;  ///< Endpoints whose certificate's end is kept.
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

struct IdentityFiles {
  const std::string& certificate;
  const std::string& key;
};

Status use_identity(ssl::context& context, const IdentityFiles& files) {
  const auto certificate = read_file(files.certificate, "certificate");
  if (!certificate) return certificate.error();
  const auto key = read_file(files.key, "private key");
  if (!key) return key.error();
  error_code ec;
  if (context.use_certificate_chain(buffer(certificate.value()), ec)) {
    return invalid("certificate", files.certificate, ec);
  }
  if (context.use_private_key(buffer(key.value()), ssl::context::pem, ec)) {
    return invalid("private key", files.key, ec);
  }
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return Error{Errc::kKeyInvalid,
                 "'" + files.key + "' is not the key of '" + files.certificate + "'"};
  }
  return Ok{};
}

Status use_authorities(ssl::context& context, const std::string& path) {
  const auto ca = read_file(path, "CA");
  if (!ca) return ca.error();
  error_code ec;
  if (context.add_certificate_authority(buffer(ca.value()), ec)) return invalid("CA", path, ec);
  return Ok{};
}

using Certificates = STACK_OF(X509);
struct FreeCertificates {
  void operator()(Certificates* all) const noexcept { sk_X509_pop_free(all, &X509_free); }
};
struct FreeStoreContext {
  void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
};

int count(const Certificates* all) {
  return all == nullptr ? 0 : sk_X509_num(all);
}

/// sk_X509_value is a macro with an old-style cast.
const X509* at(const Certificates* all, int index) {
  return static_cast<const X509*>(
      OPENSSL_sk_value(reinterpret_cast<const OPENSSL_STACK*>(all), index));
}

/// Whether `store` holds an authority of the name of the issuer of `certificate`.
bool names_issuer_of(X509_STORE* store, const X509* certificate) {
  const std::unique_ptr<Certificates, FreeCertificates> all{X509_STORE_get1_all_certs(store)};
  for (int i = 0; i < count(all.get()); ++i) {
    const X509_NAME* name = X509_get_subject_name(at(all.get(), i));
    if (X509_NAME_cmp(name, X509_get_issuer_name(certificate)) == 0) return true;
  }
  return false;
}

/// Whether every certificate of `given` lies on `chain`; a stray one would be sent to every peer.
bool holds_all(const Certificates* chain, const Certificates* given) {
  for (int i = 0; i < count(given); ++i) {
    bool held = false;
    for (int j = 0; j < count(chain); ++j) held = held || X509_cmp(at(chain, j), at(given, i)) == 0;
    if (!held) return false;
  }
  return count(chain) > 0;
}

/// Faults that only say that we do not know the authority at the chain's end.
bool ends_elsewhere(int fault) {
  return fault == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         fault == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
         fault == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         fault == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/// Each certificate of the chain must be signed by the one behind it, and the last by an authority
/// of `ca` if one there bears its issuer's name. Peers may trust another authority than we do, so
/// an issuer that we do not know is none of our business.
Status check_chain(SSL_CTX* native, const std::string& path) {
  Certificates* given = nullptr;
  SSL_CTX_get_extra_chain_certs(native, &given);
  X509_STORE* store = SSL_CTX_get_cert_store(native);
  const std::unique_ptr<X509_STORE_CTX, FreeStoreContext> context{X509_STORE_CTX_new()};
  X509* leaf = SSL_CTX_get0_certificate(native);
  CW_ASSERT(context != nullptr && X509_STORE_CTX_init(context.get(), store, leaf, given) == 1);
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  const int fault = X509_STORE_CTX_get_error(context.get());
  const Certificates* found = X509_STORE_CTX_get0_chain(context.get());
  if (good && holds_all(found, given)) return Ok{};
  const bool elsewhere = ends_elsewhere(fault) && holds_all(found, given);
  if (elsewhere && !names_issuer_of(store, at(found, count(found) - 1))) return Ok{};
  return Error{
      Errc::kKeyInvalid,
      "the chain of '" + path + "' does not hold: " +
          (good ? "a certificate is no part of it" : X509_verify_cert_error_string(fault))};
}

Result<std::shared_ptr<TlsContext::Native>> make_native(TlsContext::Role role,
                                                        const IdentityFiles& files,
                                                        const std::string& ca) {
  const bool server = role == TlsContext::Role::kServer;
  auto native = std::make_shared<TlsContext::Native>(TlsContext::Native{
      ssl::context{server ? ssl::context::tls_server : ssl::context::tls_client}});
  SSL_CTX* handle = native->context.native_handle();
  harden(native->context);
  Status status = use_identity(native->context, files);
  if (status) status = use_authorities(native->context, ca);
  if (status) status = check_chain(handle, files.certificate);
  if (!status) return std::move(status).error();
  if (server) announce_ca(native->context, ca);

  const X509* certificate = SSL_CTX_get0_certificate(handle);
  const auto not_before = detail::to_instant(X509_get0_notBefore(certificate));
  const auto not_after = detail::to_instant(X509_get0_notAfter(certificate));
  if (!not_before || !not_after) {
    return Error{Errc::kKeyInvalid, "the times in '" + files.certificate + "' are malformed"};
  }
  native->identity = {.not_before = *not_before,
                      .not_after = *not_after,
                      .fingerprint = detail::fingerprint(certificate)};
  return native;
}

/// The newer identity is named but its files have not come yet.
bool awaited(const TlsFiles& files) {
  std::error_code ignored;
  return !std::filesystem::exists(files.next_certificate, ignored) &&
         !std::filesystem::exists(files.next_key, ignored);
}

using Natives = std::vector<std::shared_ptr<TlsContext::Native>>;

/// The newest that is valid at `at`, or nullptr.
std::shared_ptr<TlsContext::Native> newest_at(const Natives& natives, Instant at) {
  std::shared_ptr<TlsContext::Native> newest;
  for (const auto& native : natives) {
    const TlsIdentity& identity = native->identity;
    if (!identity.valid_at(at)) continue;
    if (!newest || newest->identity.not_before <= identity.not_before) newest = native;
  }
  return newest;
}

std::string times_of(const Natives& natives) {
  std::string text;
  for (const auto& native : natives) {
    if (!text.empty()) text += ", and ";
    text += "from " + format_instant(native->identity.not_before) + " to " +
            format_instant(native->identity.not_after);
  }
  return text;
}

Result<Natives> make_natives(TlsContext::Role role, const TlsFiles& files) {
  Natives natives;
  auto first = make_native(role, {files.certificate, files.key}, files.ca);
  if (!first) return std::move(first).error();
  natives.push_back(std::move(first).value());
  if (files.next_certificate.empty() != files.next_key.empty()) {
    return Error{Errc::kKeyInvalid, "next_certificate and next_key go together"};
  }
  if (!files.next_certificate.empty() && !awaited(files)) {
    auto next = make_native(role, {files.next_certificate, files.next_key}, files.ca);
    if (!next) return std::move(next).error();
    natives.push_back(std::move(next).value());
  }
  if (newest_at(natives, now())) return natives;
  return Error{Errc::kCertificateExpired,
               "'" + files.certificate + "' is valid " + times_of(natives)};
}

}  // namespace

struct TlsContext::State {
  Role role;
  TlsFiles files;
  mutable std::mutex mutex = {};
  Natives natives = {};
  std::map<std::string, Instant> servers = {};  ///< By endpoint.
};

Result<std::shared_ptr<TlsContext>> TlsContext::load(Role role, TlsFiles files) {
  auto natives = make_natives(role, files);
  if (!natives) return std::move(natives).error();
  return std::shared_ptr<TlsContext>{
      new TlsContext{role, std::move(files), std::move(natives).value()}};
}

TlsContext::TlsContext(Role role, TlsFiles files, Natives natives)
    : state_(new State{.role = role, .files = std::move(files), .natives = std::move(natives)}) {}

TlsContext::~TlsContext() = default;

Status TlsContext::reload() {
  auto natives = make_natives(state_->role, state_->files);
  if (!natives) return std::move(natives).error();
  const std::lock_guard lock(state_->mutex);
  state_->natives = std::move(natives).value();
  return Ok{};
}

Instant TlsContext::expires_at() const {
  const Natives all = natives();
  const auto shown = newest_at(all, now());
  if (!shown) {
    const auto past = [at = now()](const auto& native) { return native->identity.not_after < at; };
    const auto ended = std::find_if(all.begin(), all.end(), past);
    return ended == all.end() ? Instant{} : (*ended)->identity.not_after;
  }
  Instant end = shown->identity.not_after;
  for (const auto& native : all) {
    const bool follows = native->identity.not_before <= end;
    if (follows) end = std::max(end, native->identity.not_after);
  }
  return end;
}

Status TlsContext::check(Instant at) const {
  const Natives all = natives();
  if (newest_at(all, at)) return Ok{};
  return Error{Errc::kCertificateExpired, "our certificate is valid " + times_of(all)};
}

std::optional<TlsIdentity> TlsContext::shown_at(Instant at) const {
  const auto shown = newest_at(natives(), at);
  if (!shown) return std::nullopt;
  return shown->identity;
}

std::optional<Instant> TlsContext::server_expires_at(const std::string& endpoint) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->servers.find(endpoint);
  if (found == state_->servers.end()) return std::nullopt;
  return found->second;
}

void TlsContext::note_server(const std::string& endpoint, Instant expires_at) {
  const std::lock_guard lock(state_->mutex);
  const bool known = state_->servers.contains(endpoint);
  if (known || state_->servers.size() < kServersMax) state_->servers[endpoint] = expires_at;
}

std::shared_ptr<TlsContext::Native> TlsContext::native(Instant at) const {
  return newest_at(natives(), at);
}

TlsContext::Natives TlsContext::natives() const {
  const std::lock_guard lock(state_->mutex);
  return state_->natives;
}

}  // namespace cw::http
