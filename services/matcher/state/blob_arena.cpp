#include "matcher/state/blob_arena.hpp"

#include "lib/base/assert.hpp"

#include <bit>
#include <limits>

namespace cw::matcher {
namespace {

// Blocks of up to 1 KiB have a class for each number of units; above, four classes per doubling.
constexpr std::size_t kExactUnits = 256;
constexpr std::size_t kStepsPerDoubling = 4;

}  // namespace

std::size_t BlobArena::class_of(std::size_t units) {
  if (units <= kExactUnits) return units;
  const std::size_t doubling = std::bit_width(units - 1) - 1;
  const auto base = std::size_t{1} << doubling;
  const auto step = base / kStepsPerDoubling;
  const auto steps = (units - base + step - 1) / step;
  const std::size_t first = std::bit_width(kExactUnits) - 1;
  return kExactUnits + (doubling - first) * kStepsPerDoubling + steps;
}

std::size_t BlobArena::units_of_class(std::size_t size_class) {
  if (size_class <= kExactUnits) return size_class;
  const auto above = size_class - kExactUnits - 1;
  const auto base = kExactUnits << (above / kStepsPerDoubling);
  return base + base / kStepsPerDoubling * (above % kStepsPerDoubling + 1);
}

std::size_t BlobArena::capacity(std::size_t bytes) {
  return units_of_class(class_of((bytes + kUnit - 1) / kUnit)) * kUnit;
}

BlobArena::Block BlobArena::allocate(std::size_t bytes) {
  CW_ASSERT(bytes > 0 && bytes <= kBlockBytesMax);
  const auto size_class = class_of((bytes + kUnit - 1) / kUnit);
  auto& reusable = free_[size_class];
  if (!reusable.empty()) {
    const auto block = reusable.back();
    reusable.pop_back();
    return block;
  }
  const auto units = units_of_class(size_class);
  if (used_ + units > kChunkUnits) {
    chunks_.emplace_back(static_cast<char*>(allocate_huge(kChunkUnits * kUnit)));
    // The first unit of all is left out, so that no block has the number 0.
    used_ = chunks_.size() == 1 ? 1 : 0;
  }
  const auto block = (chunks_.size() - 1) * kChunkUnits + used_;
  CW_ASSERT(block <= std::numeric_limits<Block>::max());
  used_ += units;
  return static_cast<Block>(block);
}

void BlobArena::release(Block block, std::size_t bytes) {
  free_[class_of((bytes + kUnit - 1) / kUnit)].push_back(block);
}

}  // namespace cw::matcher
