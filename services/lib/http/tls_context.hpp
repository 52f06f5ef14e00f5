#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cw::http {

/// PEM files: our certificate chain, its private key, and the CA that peers must be signed by.
/// While one identity replaces another, the newer one stands beside it in `next_certificate` and
/// `next_key`; both may be named before the files are there.
struct TlsFiles {
  std::string certificate = {};
  std::string key = {};
  std::string ca = {};
  std::string next_certificate = {};
  std::string next_key = {};
};

/// When a certificate of ours may be shown.
struct TlsIdentity {
  Instant not_before = {};
  Instant not_after = {};
  std::string fingerprint = {};  ///< SHA-256 of the certificate, hex.

  [[nodiscard]] bool valid_at(Instant at) const noexcept {
    return not_before <= at && at <= not_after;
  }
};

/// What both sides of mutual TLS need: TLS 1.2 or newer, the peer's certificate always required
/// and verified, no session resumption (so that a reload or a revocation takes effect at once).
/// Each new connection shows the newest of our identities that is valid at that moment (the one
/// with the latest not_before); one that is not valid is never shown: then there is no connection.
/// THREAD: safe; connections opened after reload() use the new files, open ones go on.
class TlsContext {
 public:
  enum class Role { kServer, kClient };

  /// Each identity is checked first. Fails with kFileRead, kKeyInvalid (unreadable PEM, key and
  /// certificate do not belong together, the chain does not hold together, or `ca` is its issuer by
  /// name but did not sign it) or kCertificateExpired (none is valid now).
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(Role role, TlsFiles files);
  ~TlsContext();

  /// Reads the files anew; on failure the context stays as it was.
  [[nodiscard]] Status reload();
  /// From when on no identity of ours will be valid: a later one counts if it begins before the
  /// ones before it end. Not after now if none is valid now.
  [[nodiscard]] Instant expires_at() const;
  /// Ok if a connection opened at `at` has an identity to show; else kCertificateExpired.
  [[nodiscard]] Status check(Instant at) const;
  /// What a connection opened at `at` shows.
  [[nodiscard]] std::optional<TlsIdentity> shown_at(Instant at) const;

  /// When the certificate ends that the server at an endpoint ("https://host:port") showed last;
  /// nothing if no connection to it was made yet.
  [[nodiscard]] std::optional<Instant> server_expires_at(const std::string& endpoint) const;
  /// For this library's client.
  void note_server(const std::string& endpoint, Instant expires_at);

  struct Native;
  /// What a connection opened at `at` uses; nullptr if no identity is valid then.
  [[nodiscard]] std::shared_ptr<Native> native(Instant at) const;

 private:
  using Natives = std::vector<std::shared_ptr<Native>>;
  TlsContext(Role role, TlsFiles files, Natives natives);
  [[nodiscard]] Natives natives() const;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cw::http
