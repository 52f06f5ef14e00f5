#include "lib/codec/predicate_codec.hpp"

#include <gtest/gtest.h>

namespace cw::codec {
namespace {

std::string nested(std::size_t levels) {
  std::string text;
  for (std::size_t i = 1; i < levels; ++i) text += R"({"not":)";
  text += R"({"attribute":"a","equals":"x"})";
  return text + std::string(levels - 1, '}');
}

TEST(PredicateCodec, AllTestsDecodeAndSelect) {
  const auto predicate = decode_predicate(R"({"all":[
      {"attribute":"channel","in":["web","internet"]},
      {"attribute":"month","between":["2003-01","2005-12"]},
      {"not":{"attribute":"product","prefix":"group"}},
      {"any":[{"attribute":"last_digit","missing":true},{"equals":"7","attribute":"last_digit"}]},
      {"attribute":"file","equals":"extract-1"}]})");
  ASSERT_TRUE(predicate) << predicate.error().detail;
  const Attributes good{{"channel", "internet"}, {"month", "2004-06"}, {"product", "medical"}};
  EXPECT_TRUE(predicate.value().selects("extract-1", good));
  EXPECT_FALSE(predicate.value().selects("extract-2", good));
  Attributes other = good;
  other[0].second = "paper";
  EXPECT_FALSE(predicate.value().selects("extract-1", other));
}

TEST(PredicateCodec, ValuesOfInAreSortedAndUnique) {
  const auto predicate = decode_predicate(R"({"attribute":"a","in":["c","a","b","a"]})");
  ASSERT_TRUE(predicate);
  EXPECT_EQ(encode(predicate.value()), R"({"attribute":"a","in":["a","b","c"]})");
}

TEST(PredicateCodec, DepthIsBounded) {
  EXPECT_TRUE(decode_predicate(nested(Predicate::kDepthMax)));
  const auto refused = decode_predicate(nested(Predicate::kDepthMax + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kPredicateInvalid);
}

TEST(PredicateCodec, NumberOfPartsAndValuesIsBounded) {
  const auto with_values = [](std::size_t count) {
    std::string text = R"({"attribute":"a","in":[)";
    for (std::size_t i = 0; i < count; ++i) text += "\"" + std::to_string(i) + "\",";
    text.back() = ']';
    return text + "}";
  };
  EXPECT_TRUE(decode_predicate(with_values(Predicate::kNodesMax - 1)));
  EXPECT_EQ(decode_predicate(with_values(Predicate::kNodesMax)).error().code,
            Errc::kPredicateInvalid);
}

TEST(PredicateCodec, AFailureNamesThePlaceAndWhatWasWanted) {
  const auto refused =
      decode_predicate(R"({"any":[{"attribute":"a","equals":"x"},{"attribute":"b","in":[]}]})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "at /any/1/in: wanted an array of values");
}

TEST(PredicateCodec, AnIntervalThatEndsBeforeItBeginsIsRefused) {
  EXPECT_EQ(decode_predicate(R"({"attribute":"m","between":["2005-01","2003-01"]})").error().code,
            Errc::kPredicateInvalid);
}

}  // namespace
}  // namespace cw::codec
