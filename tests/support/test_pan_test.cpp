#include "support/test_pan.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace cw::test {
namespace {

bool luhn_valid(const std::string& pan) {
  return luhn_digit(std::string_view(pan).substr(0, pan.size() - 1)) == pan.back();
}

TEST(TestPan, KnowsThePublishedExamplesOfTheLuhnDigit) {
  EXPECT_EQ(luhn_digit("7992739871"), '3');
  EXPECT_EQ(luhn_digit("411111111111111"), '1');
}

TEST(TestPan, HasItsPrefixLengthAndAValidLuhnDigit) {
  for (const std::size_t length : {12U, 16U, 19U}) {
    const auto pan = test_pan(42, "35699900", length);
    EXPECT_EQ(pan.size(), length);
    EXPECT_TRUE(pan.starts_with("35699900"));
    EXPECT_TRUE(luhn_valid(pan));
    EXPECT_FALSE(luhn_valid(with_bad_luhn(pan)));
  }
}

TEST(TestPan, RefusesWhatCannotFit) {
  EXPECT_THROW(static_cast<void>(test_pan(1000, "35699900", 12)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(test_pan(0, "35699900", 20)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(test_pan(0, "35699900", 8)), std::invalid_argument);
}

TEST(TestPans, GivesTheSameDistinctNumbersForTheSameSeed) {
  TestPans one(7);
  TestPans same(7);
  TestPans other(8);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const auto pan = one.next();
    EXPECT_EQ(pan, same.next());
    differs = differs || pan != other.next();
  }
  EXPECT_TRUE(differs);
  EXPECT_EQ(one.given().size(), 1000U);
}

TEST(TestPans, SaysWhenItsRangeIsUsedUp) {
  TestPans pans(1, "3569990000", 12);
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(pans.next());
  }
  EXPECT_THROW(static_cast<void>(pans.next()), std::length_error);
}

}  // namespace
}  // namespace cw::test
