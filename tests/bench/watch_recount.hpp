#pragma once

#include "bench/options.hpp"
#include "lib/crypto/key_vault.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace cw::bench {

/// What an issuer must hold.
struct IssuerRecount {
  std::uint64_t entries = 0;
  std::uint64_t newest_seq = 0;  ///< Removals too.
  std::uint64_t records = 0;     ///< Superseded ones too.
  std::string sum;               ///< Hex of the digest over the current entries.
};

/// Reads control.v1 and watchlist.v1 from the first record to the last, and says by rules restated
/// here what each issuer must hold: the newest record of each card, its JSON written anew with
/// sorted keys, the card number and seq in it, the sum of its SHA-256.
class WatchRecount {
 public:
  WatchRecount(const Cluster& cluster, const crypto::VaultPrivateKey& vault);

  [[nodiscard]] const std::map<std::string, IssuerRecount>& issuers() const { return issuers_; }
  /// When the record with that seq was written, milliseconds since 1970; 0 if there is none.
  [[nodiscard]] std::int64_t written_ms(const std::string& issuer, std::uint64_t seq) const;

 private:
  struct Newest {
    std::uint64_t seq = 0;
    std::string value;
  };
  using Cards = std::unordered_map<std::string, Newest>;

  void read_keys(const Cluster& cluster, const crypto::VaultPrivateKey& vault);
  void read_watchlist(const Cluster& cluster);
  void count(const std::string& issuer, const Cards& cards);

  std::map<std::string, crypto::Opener> openers_;
  std::map<std::string, Cards> cards_;
  std::map<std::string, std::int32_t> partitions_;
  std::vector<std::vector<std::int64_t>> written_ms_;  ///< By partition and offset.
  std::map<std::string, IssuerRecount> issuers_;
};

}  // namespace cw::bench
