#include "lib/crypto/feed_digest.hpp"

#include "lib/base/hex.hpp"

#include <span>

namespace cw::crypto {
namespace {

using Limbs = std::array<std::uint64_t, 4>;
using PositionBytes = std::array<std::uint8_t, 8>;

bool is_lower(std::string_view hex) noexcept {
  return hex.find_first_of("ABCDEF") == std::string_view::npos;
}

/// Big-endian bytes to least-significant-first limbs.
Limbs limbs_of(const Sha256Digest& hash) {
  Limbs limbs{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    std::uint64_t& limb = limbs[3 - i / 8];
    limb = (limb << 8U) | hash[i];
  }
  return limbs;
}

/// Modulo 2^256.
void add_to(Limbs& sum, const Limbs& other) {
  bool carry = false;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    std::uint64_t limb = 0;
    const bool first = __builtin_add_overflow(sum[i], other[i], &limb);
    const bool second = __builtin_add_overflow(limb, std::uint64_t{carry}, &sum[i]);
    carry = first || second;
  }
}

}  // namespace

void FeedDigest::add(const Sha256Digest& hash) {
  add_to(limbs_, limbs_of(hash));
  ++count_;
}

void FeedDigest::add_all(const FeedDigest& others) {
  add_to(limbs_, others.limbs_);
  count_ += others.count_;
}

void FeedDigest::remove(const Sha256Digest& hash) {
  const Limbs other = limbs_of(hash);
  bool borrow = false;
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    std::uint64_t difference = 0;
    const bool first = __builtin_sub_overflow(limbs_[i], other[i], &difference);
    const bool second = __builtin_sub_overflow(difference, std::uint64_t{borrow}, &limbs_[i]);
    borrow = first || second;
  }
  --count_;
}

std::string FeedDigest::hex() const {
  Sha256Digest bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned shift = static_cast<unsigned>(8 * (7 - i % 8));
    bytes[i] = static_cast<std::uint8_t>((limbs_[3 - i / 8] >> shift) & 255U);
  }
  return to_hex(bytes);
}

Result<FeedDigest> FeedDigest::parse(std::int64_t count, std::string_view hex) {
  Sha256Digest sum{};
  if (!from_hex(hex, sum)) {
    return Error{Errc::kBadRequest, "a digest has 64 hexadecimal characters"};
  }
  FeedDigest digest;
  digest.limbs_ = limbs_of(sum);
  digest.count_ = count;
  return digest;
}

std::uint64_t card_position(const Pan& pan) {
  return limbs_of(sha256(pan.reveal()))[3];
}

std::string position_hex(std::uint64_t position) {
  PositionBytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>((position >> (8 * i)) & 255U);
  }
  return to_hex(bytes);
}

std::optional<std::uint64_t> position_from(std::string_view hex) noexcept {
  PositionBytes bytes{};
  if (!is_lower(hex) || !from_hex(hex, bytes)) return std::nullopt;
  std::uint64_t position = 0;
  for (const std::uint8_t byte : bytes) position = (position << 8U) | byte;
  return position;
}

std::string bucket_hex(Bucket bucket) {
  return to_hex(std::span{&bucket, 1});
}

std::optional<Bucket> bucket_from(std::string_view hex) noexcept {
  Bucket bucket = 0;
  if (!is_lower(hex) || !from_hex(hex, std::span{&bucket, 1})) return std::nullopt;
  return bucket;
}

void BucketDigests::add(Bucket bucket, const Sha256Digest& hash) {
  buckets_[bucket].add(hash);
}

void BucketDigests::remove(Bucket bucket, const Sha256Digest& hash) {
  buckets_[bucket].remove(hash);
}

void BucketDigests::set(Bucket bucket, const FeedDigest& digest) {
  buckets_[bucket] = digest;
}

FeedDigest BucketDigests::total() const {
  FeedDigest total;
  for (const FeedDigest& bucket : buckets_) total.add_all(bucket);
  return total;
}

}  // namespace cw::crypto
