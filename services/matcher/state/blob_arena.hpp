#pragma once

#include "matcher/state/huge_pages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cw::matcher {

/// Memory for millions of small byte blocks, each named by 32 bits: blocks are whole units of 4
/// bytes from chunks of 32 MiB, and a freed block serves the next one of its size. Up to 16 GiB:
/// of one partition, which are some 130 million cards.
/// Memory of a chunk that no block has used yet is only reserved.
/// THREAD: not safe; belongs to its lane.
class BlobArena {
 public:
  using Block = std::uint32_t;  ///< Position in units; never 0.
  static constexpr std::size_t kUnit = 4;
  static constexpr std::size_t kChunkUnits = 1UL << 23U;
  static constexpr std::size_t kBlockBytesMax = kUnit * kChunkUnits / 2;

  /// A block for at least `bytes` bytes (1 to kBlockBytesMax), not cleared.
  [[nodiscard]] Block allocate(std::size_t bytes);
  /// `bytes` as it was allocated with.
  void release(Block block, std::size_t bytes);
  [[nodiscard]] char* data(Block block) noexcept {
    return chunks_[block / kChunkUnits].get() + (block % kChunkUnits) * kUnit;
  }
  [[nodiscard]] const char* data(Block block) const noexcept {
    return chunks_[block / kChunkUnits].get() + (block % kChunkUnits) * kUnit;
  }
  /// What a block for `bytes` bytes really holds: a block can grow up to that in place.
  [[nodiscard]] static std::size_t capacity(std::size_t bytes);

 private:
  static constexpr std::size_t kClasses = 320;

  [[nodiscard]] static std::size_t class_of(std::size_t units);
  [[nodiscard]] static std::size_t units_of_class(std::size_t size_class);

  std::vector<HugeBytes> chunks_;
  std::size_t used_ = kChunkUnits;  ///< Units of the last chunk.
  std::array<std::vector<Block>, kClasses> free_;
};

}  // namespace cw::matcher
