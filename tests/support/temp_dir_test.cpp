#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace cw::test {
namespace {

TEST(TempDir, IsEmptyPrivateAndGoneAfterItsScope) {
  std::filesystem::path path;
  {
    const TempDir dir;
    path = dir.path();
    EXPECT_TRUE(std::filesystem::is_empty(path));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    dir.write("deep/er/file", "x");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TempDir, TwoAreNeverTheSame) {
  const TempDir one;
  const TempDir other;
  EXPECT_NE(one.path(), other.path());
}

TEST(TempDir, ReadFileGivesBackWhatWasWrittenBytewise) {
  const TempDir dir;
  const std::string bytes("a\0b\r\n\xff", 6);
  EXPECT_EQ(read_file(dir.write("f", bytes)), bytes);
}

TEST(TempDir, ReadFileNamesTheFileThatIsNotThere) {
  const TempDir dir;
  EXPECT_THROW(static_cast<void>(read_file(dir / "absent")), std::runtime_error);
}

}  // namespace
}  // namespace cw::test
