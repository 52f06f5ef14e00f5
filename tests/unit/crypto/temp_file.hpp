#pragma once

#include "lib/base/assert.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace cw::crypto {

/// A file of its own with mode 0600, removed at the end.
class TempFile {
 public:
  explicit TempFile(std::string_view content) {
    const int file = ::mkstemp(path_.data());
    CW_ASSERT(file >= 0);
    CW_ASSERT(::write(file, content.data(), content.size()) ==
              static_cast<ssize_t>(content.size()));
    ::close(file);
  }
  ~TempFile() { ::unlink(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void set_mode(mode_t mode) const { CW_ASSERT(::chmod(path_.c_str(), mode) == 0); }

 private:
  std::string path_ = "/tmp/cardwatch-test-XXXXXX";
};

}  // namespace cw::crypto
