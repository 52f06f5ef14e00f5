#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cw {

/// Overwrites `size` bytes at `data` in a way that the compiler may not leave out.
void wipe(void* data, std::size_t size) noexcept;

/// Bytes that must never be printed: no stream operator, no formatter, no implicit conversion,
/// wiped when destroyed or moved from. reveal() is the one way in, easy to search for.
class Sensitive {
 public:
  Sensitive() = default;
  explicit Sensitive(std::string bytes) noexcept : bytes_(std::move(bytes)) {}
  explicit Sensitive(std::string_view bytes) : bytes_(bytes) {}
  ~Sensitive() { clear(); }
  Sensitive(const Sensitive& other) = default;
  Sensitive(Sensitive&& other) noexcept : bytes_(other.bytes_) { other.clear(); }
  Sensitive& operator=(const Sensitive& other) {
    if (this != &other) {
      clear();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Sensitive& operator=(Sensitive&& other) noexcept {
    if (this != &other) {
      clear();
      bytes_ = other.bytes_;
      other.clear();
    }
    return *this;
  }

  [[nodiscard]] std::string_view reveal() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
  void clear() noexcept {
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

  std::string bytes_;
};

}  // namespace cw
