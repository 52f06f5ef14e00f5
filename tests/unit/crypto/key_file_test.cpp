#include "lib/crypto/key_file.hpp"

#include "unit/crypto/temp_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::crypto {
namespace {

TEST(KeyFile, GivesTheWholeContent) {
  const TempFile file{"secret\n"};
  const auto read = read_key_file(file.path());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read.value().content.reveal(), "secret\n");
  EXPECT_FALSE(read.value().readable_by_others);
}

TEST(KeyFile, SaysThatOthersMayRead) {
  const TempFile file{"secret"};
  file.set_mode(0640);
  EXPECT_TRUE(read_key_file(file.path()).value().readable_by_others);
}

TEST(KeyFile, RefusesEmptyAndOversizedFiles) {
  EXPECT_EQ(read_key_file(TempFile{""}.path()).error().code, Errc::kKeyInvalid);
  EXPECT_TRUE(read_key_file(TempFile{std::string(8, 'x')}.path(), 8).has_value());
  EXPECT_EQ(read_key_file(TempFile{std::string(9, 'x')}.path(), 8).error().code, Errc::kKeyInvalid);
}

TEST(KeyFile, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(read_key_file("/nonexistent").error().code, Errc::kFileRead);
  EXPECT_EQ(read_key_file("/tmp").error().code, Errc::kFileRead);
  EXPECT_EQ(read_key_file("/dev/zero").error().code, Errc::kFileRead);
}

}  // namespace
}  // namespace cw::crypto
