#include "lib/crypto/key_file.hpp"

#include "lib/base/descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cw::crypto {
namespace {

Error unreadable(const std::string& path, std::string_view why) {
  return Error{Errc::kFileRead, "key file " + path + ": " + std::string(why)};
}

}  // namespace

Result<KeyFile> read_key_file(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: a named pipe without a writer must be refused, not waited for.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return unreadable(path, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return unreadable(path, "not a regular file");

  // One buffer of the full size from the start, so that growing it leaves no copies behind.
  std::string buffer(bytes_max + 1, '\0');
  std::size_t held = 0;
  while (held < buffer.size()) {
    const ssize_t got = ::read(file.get(), buffer.data() + held, buffer.size() - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int cause = errno;
      wipe(buffer.data(), buffer.size());
      return unreadable(path, std::strerror(cause));
    }
    if (got == 0) break;
    held += static_cast<std::size_t>(got);
  }
  const bool fits = held > 0 && held <= bytes_max;
  Sensitive content{std::string_view(buffer).substr(0, fits ? held : 0)};
  wipe(buffer.data(), buffer.size());
  if (!fits) {
    return Error{Errc::kKeyInvalid,
                 "key file " + path + ": " + (held == 0 ? "empty" : "too large for a key")};
  }
  return KeyFile{std::move(content), (status.st_mode & (S_IRGRP | S_IROTH)) != 0};
}

}  // namespace cw::crypto
