#include "lib/config/units.hpp"

#include <gtest/gtest.h>

namespace cw::config {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsNeedTheirUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("7d"), 168h);
  for (const char* text : {"", "5", "m", "5 m", "-5s", "1.5s", "5min", "99999999999999999d"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Units, SizesAreBytesOrPowersOf1024) {
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("64KiB"), 65536U);
  EXPECT_EQ(parse_bytes("1GiB"), 1073741824U);
  for (const char* text : {"", "64KB", "-1", "1.5MiB", "9999999999999GiB"}) {
    EXPECT_FALSE(parse_bytes(text).has_value()) << text;
  }
}

TEST(Units, ShowsTheLargestUnitThatDivides) {
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(2h), "2h");
  EXPECT_EQ(format_duration(0ms), "0ms");
  EXPECT_EQ(format_bytes(65536), "64KiB");
  EXPECT_EQ(format_bytes(65537), "65537");
}

}  // namespace
}  // namespace cw::config
