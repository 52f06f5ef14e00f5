#include "lib/crypto/feed_digest.hpp"

#include "lib/base/hex.hpp"

namespace cw::crypto {
namespace {

using Limbs = std::array<std::uint64_t, 4>;

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

}  // namespace cw::crypto
