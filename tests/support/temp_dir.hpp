#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cw::test {

/// A new empty folder that is removed with all its content at the end of the scope. Set
/// CARDWATCH_KEEP_TEMP=1 to keep it for a look. Owner-only, since tests put private keys into it.
class TempDir {
 public:
  /// Throws std::runtime_error if the folder cannot be made.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

  /// Writes a file, with the folders above it, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The whole content of a file. Throws std::runtime_error.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace cw::test
