#pragma once

#include "support/temp_dir.hpp"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>

namespace cw::test {

/// What a certificate is for; all but the first two exist to be refused.
enum class CertificateKind { kServer, kClient, kExpired, kExpiredServer, kWrongName, kStranger };

struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A certificate authority in a folder of its own, made by scripts/make-test-ca in about 30 ms,
/// plus 30 ms for each certificate. Servers have SAN localhost and 127.0.0.1; the CN is the given
/// name.
class TestCa {
 public:
  using Wanted = std::pair<CertificateKind, std::string>;

  /// One run of the script for all of them. Throws std::runtime_error with the script's words.
  TestCa(std::initializer_list<Wanted> wanted = {});

  /// What a peer is told to trust.
  [[nodiscard]] std::filesystem::path ca() const { return dir_ / "ca.pem"; }
  [[nodiscard]] CertificateFiles files(const std::string& name) const {
    return {.certificate = dir_ / (name + ".pem"), .key = dir_ / (name + ".key")};
  }
  /// Makes one more; a name that is there already keeps what it has.
  CertificateFiles issue(CertificateKind kind, const std::string& name);
  /// As issue(), valid between two times as `date -d` reads them, e.g. {"2 days ago", "30 days"}.
  struct Validity {
    std::string from;
    std::string to;
  };
  CertificateFiles issue(CertificateKind kind, const std::string& name, const Validity& validity);
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  void run(std::initializer_list<Wanted> wanted, const Validity* validity = nullptr) const;

  TempDir dir_;
};

}  // namespace cw::test
