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
};

/// The properties that only the reference issuer has, with their defaults.
struct Config {
  std::vector<config::Item> issuer_items;
  std::string journal_dir;
  std::uint64_t journal_bytes_max = std::uint64_t{8} << 30U;
  std::uint64_t body_bytes_max = std::uint64_t{16} << 20U;
  std::chrono::milliseconds tolerance = std::chrono::minutes{5};
  std::uint32_t workers = 2;

  void declare(config::Schema& schema);

  /// Fails with kConfigMissing (no issuer, or one without keys) or kConfigValue (an id that is
  /// none, or stands twice).
  [[nodiscard]] Result<std::vector<IssuerFiles>> issuers() const;
};

}  // namespace cw::issuer
