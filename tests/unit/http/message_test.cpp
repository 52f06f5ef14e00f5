#include "lib/http/message.hpp"

#include "lib/http/percent.hpp"

#include <gtest/gtest.h>

namespace cw::http {
namespace {

TEST(Headers, AreFoundWhateverTheirCase) {
  Headers headers{{"Content-Type", "text/csv"}};
  headers.add("X-A", "1");
  headers.add("x-a", "2");

  EXPECT_EQ(headers.find("content-type"), "text/csv");
  EXPECT_EQ(headers.find("X-a"), "1");
  EXPECT_FALSE(headers.find("x").has_value());
  headers.set("X-A", "3");
  EXPECT_EQ(headers.find("x-a"), "3");
  EXPECT_EQ(headers.all().size(), 2U);
}

TEST(Percent, DecodesEscapesAndInQueriesPlus) {
  EXPECT_EQ(percent_decode("a%2Fb%20c+d", PlusIs::kPlus), "a/b c+d");
  EXPECT_EQ(percent_decode("a+b", PlusIs::kSpace), "a b");
  for (const char* text : {"%", "%2", "%zz", "a%00b"}) {
    EXPECT_FALSE(percent_decode(text, PlusIs::kPlus).has_value()) << text;
  }
}

TEST(Percent, EncodesSoThatDecodingGivesItBack) {
  const std::string text = "2009-07-14T00:00:00+09:00/ä&=";
  EXPECT_EQ(percent_decode(percent_encode(text), PlusIs::kSpace), text);
  EXPECT_EQ(percent_encode("a+b"), "a%2Bb");
}

TEST(Percent, ParsesQueriesInOrder) {
  const Params params = parse_query("since=2009-07-14&by=issuer,day&empty=&flag&&by=2").value();

  EXPECT_EQ(params.get("since"), "2009-07-14");
  EXPECT_EQ(params.get("by"), "issuer,day");
  EXPECT_TRUE(params.find("flag").has_value());
  EXPECT_FALSE(params.find("none").has_value());
  EXPECT_EQ(params.all().size(), 5U);
  EXPECT_FALSE(parse_query("a=%2").has_value());
}

}  // namespace
}  // namespace cw::http
