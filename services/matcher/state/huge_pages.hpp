#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace cw::matcher {

/// Memory for what is read at random places all the time: asks the system for large pages (2 MiB),
/// which it may refuse without a word. A piece smaller than such a page is ordinary memory. Memory
/// that was never written to is only reserved. THREAD: safe.
[[nodiscard]] void* allocate_huge(std::size_t bytes);
void free_huge(void* memory) noexcept;

/// For std::vector.
template <class T>
class HugeAllocator {
 public:
  using value_type = T;

  HugeAllocator() = default;
  template <class Other>
  explicit HugeAllocator(const HugeAllocator<Other>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(allocate_huge(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t /*count*/) noexcept { free_huge(memory); }

  friend bool operator==(const HugeAllocator&, const HugeAllocator&) noexcept { return true; }
};

template <class T>
using HugeVector = std::vector<T, HugeAllocator<T>>;

struct HugeFree {
  void operator()(char* memory) const noexcept { free_huge(memory); }
};
using HugeBytes = std::unique_ptr<char[], HugeFree>;

}  // namespace cw::matcher
