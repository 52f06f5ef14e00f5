#include "lib/base/assert.hpp"
#include "lib/kafka/record.hpp"

#include <cstdint>

namespace cw::kafka {
namespace {

constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::uint32_t kMultiplier = 0x5bd1e995;

std::uint32_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

/// MurmurHash2, 32 bits, with the seed that Kafka's Java client uses.
std::uint32_t murmur2(std::string_view key) {
  const std::size_t tail = key.size() & ~std::size_t{3};
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  for (std::size_t at = 0; at < tail; at += 4) {
    std::uint32_t word = byte_at(key, at) | byte_at(key, at + 1) << 8U |
                         byte_at(key, at + 2) << 16U | byte_at(key, at + 3) << 24U;
    word *= kMultiplier;
    word ^= word >> 24U;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  if (tail != key.size()) {
    for (std::size_t at = tail; at < key.size(); ++at) {
      hash ^= byte_at(key, at) << (8U * (at - tail));
    }
    hash *= kMultiplier;
  }
  hash ^= hash >> 13U;
  hash *= kMultiplier;
  return hash ^ (hash >> 15U);
}

}  // namespace

std::int32_t partition_of(std::string_view key, std::int32_t partitions) noexcept {
  CW_ASSERT(partitions > 0);
  constexpr std::uint32_t kPositive = 0x7fffffff;
  return static_cast<std::int32_t>((murmur2(key) & kPositive) %
                                   static_cast<std::uint32_t>(partitions));
}

}  // namespace cw::kafka
