#include "lib/crypto/structured_field.hpp"

#include <gtest/gtest.h>

namespace cw::crypto::sf {
namespace {

std::string dictionary(std::string_view text) {
  const auto parsed = parse_dictionary(text);
  return parsed ? serialize(parsed.value()) : "refused: " + parsed.error().detail;
}
std::string list(std::string_view text) {
  const auto parsed = parse_list(text);
  return parsed ? serialize(parsed.value()) : "refused: " + parsed.error().detail;
}
std::string item(std::string_view text) {
  const auto parsed = parse_item(text);
  return parsed ? serialize(parsed.value()) : "refused: " + parsed.error().detail;
}

TEST(StructuredField, EveryKindOfValueIsReadAndWritten) {
  EXPECT_EQ(item("42"), "42");
  EXPECT_EQ(item("-999999999999999"), "-999999999999999");
  EXPECT_EQ(item("4.5"), "4.5");
  EXPECT_EQ(item("-0.250"), "-0.25");
  EXPECT_EQ(item("1.0"), "1.0");
  EXPECT_EQ(item(R"("a \"b\" \\c")"), R"("a \"b\" \\c")");
  EXPECT_EQ(item("*text/html:x"), "*text/html:x");
  EXPECT_EQ(item(":AAE=:"), ":AAE=:");
  EXPECT_EQ(item("?1"), "?1");
  EXPECT_EQ(item("?0"), "?0");
}

TEST(StructuredField, WhatIsWrittenIsCanonical) {
  EXPECT_EQ(dictionary("a=1,\tb=2;x=?1;  y=0 , c;q"), "a=1, b=2;x;y=0, c;q");
  EXPECT_EQ(dictionary("a=?1, b=?0, c=(1   2 );p"), "a, b=?0, c=(1 2);p");
  EXPECT_EQ(list("  gzip;q=1.00 ,( \"a\" b) "), "gzip;q=1.0, (\"a\" b)");
  EXPECT_EQ(dictionary(""), "");
  EXPECT_EQ(list("()"), "()");
}

TEST(StructuredField, MalformedFieldsAreRefused) {
  for (const char* bad : {"a=1,",
                          "a=1 b=2",
                          "A=1",
                          "a=",
                          "a==1",
                          "=1",
                          "a=1,,b",
                          "a=(1",
                          "a=(1,2)",
                          "a=\"x",
                          "a=:AA",
                          "a=:A?:",
                          "a=?2",
                          "a=\"\x01\"",
                          "a=\"\\x\"",
                          "a=1;",
                          "a=1;X",
                          "a=--1",
                          "a=1.",
                          "a=1.1234",
                          "a=1234567890123.1",
                          "a=1234567890123456",
                          "a=-"}) {
    EXPECT_FALSE(parse_dictionary(bad).has_value()) << bad;
    EXPECT_EQ(parse_dictionary(bad).error().code, Errc::kSignatureInvalid) << bad;
  }
  for (const char* bad : {"", "1 2", "1,2", "(1)"}) {
    EXPECT_FALSE(parse_item(bad).has_value()) << bad;
  }
}

TEST(StructuredField, RepeatedKeysAreRefused) {
  EXPECT_FALSE(parse_dictionary("a=1, a=2").has_value());
  EXPECT_FALSE(parse_item("a;p=1;p=2").has_value());
}

TEST(StructuredField, LongFieldsAndManyMembersAreRefused) {
  EXPECT_FALSE(parse_item("\"" + std::string(kFieldBytesMax, 'x') + "\"").has_value());
  std::string many = "a";
  for (std::size_t i = 1; i < kMembersMax; ++i) many += ", a";
  EXPECT_TRUE(parse_list(many).has_value());
  EXPECT_FALSE(parse_list(many + ", a").has_value());
  std::string inner = "(";
  for (std::size_t i = 0; i <= kMembersMax; ++i) inner += "1 ";
  EXPECT_FALSE(parse_list(inner + ")").has_value());
}

}  // namespace
}  // namespace cw::crypto::sf
