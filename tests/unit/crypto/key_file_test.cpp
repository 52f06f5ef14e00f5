#include "lib/crypto/key_file.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace cw::crypto {
namespace {

TEST(KeyFile, GivesTheWholeContent) {
  const test::TempDir dir;
  const std::string path = dir.write("key", "secret\n");
  const auto read = read_key_file(path);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read.value().content.reveal(), "secret\n");
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  EXPECT_FALSE(read_key_file(path).value().readable_by_others);
}

TEST(KeyFile, SaysThatOthersMayRead) {
  const test::TempDir dir;
  const std::string path = dir.write("key", "secret");
  std::filesystem::permissions(path, std::filesystem::perms{0640});
  EXPECT_TRUE(read_key_file(path).value().readable_by_others);
}

TEST(KeyFile, RefusesEmptyAndOversizedFiles) {
  const test::TempDir dir;
  EXPECT_EQ(read_key_file(dir.write("key", "")).error().code, Errc::kKeyInvalid);
  EXPECT_TRUE(read_key_file(dir.write("key", std::string(8, 'x')), 8).has_value());
  EXPECT_EQ(read_key_file(dir.write("key", std::string(9, 'x')), 8).error().code,
            Errc::kKeyInvalid);
}

TEST(KeyFile, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(read_key_file("/nonexistent").error().code, Errc::kFileRead);
  EXPECT_EQ(read_key_file("/tmp").error().code, Errc::kFileRead);
  EXPECT_EQ(read_key_file("/dev/zero").error().code, Errc::kFileRead);
}

}  // namespace
}  // namespace cw::crypto
