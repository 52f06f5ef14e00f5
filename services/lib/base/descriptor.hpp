#pragma once

#include <unistd.h>

namespace cw {

/// Owns a file descriptor of the system and closes it; a negative one is none, as a failed open()
/// gives it. THREAD: not safe.
class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace cw
