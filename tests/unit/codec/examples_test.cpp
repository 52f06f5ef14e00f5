#include "unit/codec/examples.hpp"

#include "lib/codec/schema.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cw::codec::test {
namespace {

TEST(Examples, EachSchemaHasValidAndInvalidOnes) {
  std::map<std::string, int> valid;
  std::map<std::string, int> invalid;
  for (const Example& example : examples("valid")) ++valid[example.message];
  for (const Example& example : examples("invalid")) ++invalid[example.message];
  EXPECT_FALSE(valid.contains("")) << "an example belongs to no schema";
  EXPECT_FALSE(invalid.contains(""));
  for (const std::string_view schema : schema_names()) {
    EXPECT_GE(valid[std::string(schema)], 2) << schema;
    EXPECT_GE(invalid[std::string(schema)], 2) << schema;
  }
}

TEST(Examples, ValidOnesValidateAndDecode) {
  for (const Example& example : examples("valid")) {
    SCOPED_TRACE(example.name);
    const Status valid = validate(example.message, example.json);
    EXPECT_TRUE(valid) << valid.error().detail;
    const auto again = reencode(example.message, example.json);
    EXPECT_TRUE(again) << again.error().detail;
  }
}

TEST(Examples, EncodingWhatWasDecodedGivesTheSameDocument) {
  for (const Example& example : examples("valid")) {
    SCOPED_TRACE(example.name);
    const auto again = reencode(example.message, example.json);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(canonical(again.value()), canonical(example.json));
    EXPECT_TRUE(validate(example.message, again.value()));
  }
}

TEST(Examples, InvalidOnesAreRefusedByTheSchemaAndByTheDecoder) {
  for (const Example& example : examples("invalid")) {
    SCOPED_TRACE(example.name);
    EXPECT_FALSE(validate(example.message, example.json));
    const auto again = reencode(example.message, example.json);
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().code, Errc::kNotFound);
    EXPECT_NE(again.error().code, Errc::kInternal);
  }
}

TEST(Schema, AnUnknownNameIsNotFound) {
  EXPECT_EQ(validate("nonesuch", "{}").error().code, Errc::kNotFound);
  EXPECT_TRUE(schema_text("nonesuch").empty());
}

TEST(Schema, AViolationNamesThePlaceAndTheKeyword) {
  const Status status = validate("feed-answer", R"({"accepted_through":"x","applied_through":1})");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kSchemaViolation);
  EXPECT_NE(status.error().detail.find("/accepted_through"), std::string::npos);
  EXPECT_NE(status.error().detail.find("type"), std::string::npos);
}

}  // namespace
}  // namespace cw::codec::test
