#pragma once

#include "lib/crypto/sha256.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cw::crypto {

/// The digest of a feed: how many entries are current, and the sum of their SHA-256 hashes, read as
/// big-endian numbers, modulo 2^256. Independent of order and kept incrementally: replacing an
/// entry is remove(old), add(new). Removing what was never added is not detected here; it shows as
/// a digest that differs from the other side's. THREAD: not safe.
class FeedDigest {
 public:
  void add(const Sha256Digest& hash);
  void remove(const Sha256Digest& hash);
  /// The entries of a digest over others.
  void add_all(const FeedDigest& others);
  /// By the entry's canonical bytes.
  void add_entry(std::string_view canonical) { add(sha256(canonical)); }
  void remove_entry(std::string_view canonical) { remove(sha256(canonical)); }

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// 64 lower-case hex characters, most significant first.
  [[nodiscard]] std::string hex() const;

  friend bool operator==(const FeedDigest&, const FeedDigest&) = default;

 private:
  std::array<std::uint64_t, 4> limbs_{};  ///< Least significant first.
  std::int64_t count_ = 0;
};

}  // namespace cw::crypto
