#pragma once

#include "lib/base/result.hpp"
#include "lib/config/schema.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cw::issuer {

/// One issuer of this process and where its keys are.
struct IssuerFiles {
  std::string id = {};
  std::vector<std::string> encryption_keys = {};  ///< Private keys (PEM or JWK); any may fit.
  std::vector<std::string> signing_secrets = {};  ///< whsec_ or whpk_; any may fit.
  std::vector<std::string> signature_keys = {};   ///< Public PEM, of message signatures.
  std::string url = {};                           ///< As Inbox::Options.

  /// How it fetches its feed; an empty url: it is pushed.
  struct Pull {
    std::string url = {};
    bool entries = true;  ///< False: only acknowledge.
    std::chrono::milliseconds wait = std::chrono::seconds{30};
    std::chrono::milliseconds interval = std::chrono::seconds{1};
    std::chrono::milliseconds digest_interval = std::chrono::hours{24};
    std::string certificate = {};  ///< Whose name is the issuer's; empty: that of the listener.
    std::string key = {};
  };
  Pull pull = {};
};

/// The properties that only the reference issuer has, with their defaults.
struct Config {
  std::vector<config::Item> issuer_items;
  std::string journal_dir;
  std::uint64_t journal_bytes_max = std::uint64_t{8} << 30U;
  std::uint64_t journal_superseded_max = std::uint64_t{64} << 20U;
  std::uint64_t body_bytes_max = std::uint64_t{16} << 20U;
  std::chrono::milliseconds tolerance = std::chrono::minutes{5};
  std::chrono::milliseconds apply_delay{0};
  std::uint32_t workers = 2;

  void declare(config::Schema& schema);

  /// Fails with kConfigMissing (no issuer, or one without keys) or kConfigValue (an id that is
  /// none, or stands twice).
  [[nodiscard]] Result<std::vector<IssuerFiles>> issuers() const;
};

}  // namespace cw::issuer
