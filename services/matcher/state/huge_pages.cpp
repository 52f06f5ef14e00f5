#include "matcher/state/huge_pages.hpp"

#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace cw::matcher {
namespace {

constexpr std::size_t kPageBytes = std::size_t{2} << 20U;

}  // namespace

void* allocate_huge(std::size_t bytes) {
  const bool large = bytes >= kPageBytes;
  const auto whole = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  void* memory = large ? std::aligned_alloc(kPageBytes, whole) : std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc{};
  // A refusal leaves small pages, which only are slower.
  if (large) static_cast<void>(madvise(memory, whole, MADV_HUGEPAGE));
  return memory;
}

void free_huge(void* memory) noexcept {
  std::free(memory);
}

}  // namespace cw::matcher
