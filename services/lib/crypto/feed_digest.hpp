#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/sha256.hpp"
#include "lib/domain/card.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
  /// What hex() and count() gave. Fails with kBadRequest.
  [[nodiscard]] static Result<FeedDigest> parse(std::int64_t count, std::string_view hex);

  friend bool operator==(const FeedDigest&, const FeedDigest&) = default;

 private:
  std::array<std::uint64_t, 4> limbs_{};  ///< Least significant first.
  std::int64_t count_ = 0;
};

/// Where a card stands in the order by SHA-256 of its digits: the hash's first 8 bytes, big-endian.
/// To be kept in memory only: an unkeyed hash of a card number is as good as the number.
[[nodiscard]] std::uint64_t card_position(const Pan& pan);
/// 16 lower-case hex characters, and back; nothing if it is not that.
[[nodiscard]] std::string position_hex(std::uint64_t position);
[[nodiscard]] std::optional<std::uint64_t> position_from(std::string_view hex) noexcept;

/// One of 256 parts of a feed: the first byte of SHA-256 of the card's digits. May be kept.
using Bucket = std::uint8_t;
inline constexpr std::size_t kBuckets = 256;
[[nodiscard]] constexpr Bucket bucket_of(std::uint64_t position) noexcept {
  return static_cast<Bucket>(position >> 56U);
}
/// Two lower-case hex characters, and back.
[[nodiscard]] std::string bucket_hex(Bucket bucket);
[[nodiscard]] std::optional<Bucket> bucket_from(std::string_view hex) noexcept;

/// The digests of a feed's buckets and of the whole, kept incrementally. 10 KiB. THREAD: not safe.
class BucketDigests {
 public:
  void add(Bucket bucket, const Sha256Digest& hash);
  void remove(Bucket bucket, const Sha256Digest& hash);
  /// For one that was kept elsewhere: replaces the bucket's digest.
  void set(Bucket bucket, const FeedDigest& digest);

  [[nodiscard]] const FeedDigest& bucket(Bucket bucket) const noexcept { return buckets_[bucket]; }
  [[nodiscard]] FeedDigest total() const;

  friend bool operator==(const BucketDigests&, const BucketDigests&) = default;

 private:
  std::array<FeedDigest, kBuckets> buckets_{};
};

}  // namespace cw::crypto
