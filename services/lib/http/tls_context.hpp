#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"

#include <memory>
#include <string>

namespace cw::http {

/// PEM files: our certificate chain, its private key, and the CA that peers must be signed by.
struct TlsFiles {
  std::string certificate = {};
  std::string key = {};
  std::string ca = {};
};

/// What both sides of mutual TLS need: TLS 1.2 or newer, the peer's certificate always required
/// and verified, no session resumption (so that a reload or a revocation takes effect at once).
/// THREAD: safe; connections opened after reload() use the new files, open ones go on.
class TlsContext {
 public:
  enum class Role { kServer, kClient };

  /// Fails with kFileRead, kKeyInvalid (unreadable PEM, or key and certificate do not belong
  /// together) or kCertificateExpired (also when not valid yet).
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(Role role, TlsFiles files);
  ~TlsContext();

  /// Reads the files anew; on failure the context stays as it was.
  [[nodiscard]] Status reload();
  /// When our certificate ends.
  [[nodiscard]] Instant expires_at() const;

  struct Native;
  [[nodiscard]] std::shared_ptr<Native> native() const;

 private:
  TlsContext(Role role, TlsFiles files, std::shared_ptr<Native> native);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cw::http
