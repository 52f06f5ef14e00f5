#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace cw::cli {
namespace {

Table two_rows() {
  Table table({{"issuer"}, {"count", Align::kRight}});
  table.add({"card-a", "7"});
  table.add({"a longer one", "1,234"});
  return table;
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  EXPECT_EQ(two_rows().aligned(),
            "issuer        count\n"
            "card-a            7\n"
            "a longer one  1,234\n");
}

TEST(Table, CountsCharactersNotBytesWhenAligning) {
  Table table({{"名"}, {"n", Align::kRight}});
  table.add({"é", "1"});
  EXPECT_EQ(table.aligned(), "名  n\né  1\n");
}

TEST(Table, QuotesCsvFieldsThatNeedIt) {
  Table table({{"a"}, {"b"}});
  table.add({"x,y", "say \"no\""});
  table.add({"line\nbreak", "plain"});
  EXPECT_EQ(table.csv(), "a,b\n\"x,y\",\"say \"\"no\"\"\"\n\"line\nbreak\",plain\n");
}

TEST(Grouped, SetsACommaAtEachThousand) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(6610), "6,610");
  EXPECT_EQ(grouped(460000), "460,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace cw::cli
