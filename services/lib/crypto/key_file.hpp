#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"

#include <cstddef>
#include <string>

namespace cw::crypto {

/// The content of a mounted secret.
struct KeyFile {
  Sensitive content;
  /// Group or others may read the file. Not refused, because secret mounts of orchestrators do
  /// that within their own isolation; the service that loads a key logs a warning.
  bool readable_by_others = false;
};

/// Larger than any key that we read (an RSA-8192 private PEM has about 6.4 KiB).
inline constexpr std::size_t kKeyFileBytesMax = 16 * 1024;

/// Reads a whole regular file without leaving a copy of it in freed memory. Fails with kFileRead
/// (missing, not a regular file, unreadable) or kKeyInvalid (empty, larger than `bytes_max`); the
/// error names the path, never the content.
[[nodiscard]] Result<KeyFile> read_key_file(const std::string& path,
                                            std::size_t bytes_max = kKeyFileBytesMax);

}  // namespace cw::crypto
