#include "lib/codec/json_value.hpp"
#include "lib/codec/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cw::codec {
namespace {

TEST(JsonWriter, WritesNestedDocumentsWithoutBlanks) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().string("name", "x").number("n", -3).begin_array("list");
  writer.number(1).string("two").boolean(true).null().begin_object().end_object().end_array();
  writer.begin_object("inner").raw("raw", R"({"a":1})").end_object().null("none").end_object();
  EXPECT_EQ(
      out,
      R"({"name":"x","n":-3,"list":[1,"two",true,null,{}],"inner":{"raw":{"a":1}},"none":null})");
}

TEST(JsonWriter, EscapesAsTheCanonicalFormWants) {
  std::string out;
  append_json_string(out, "q\" b\\ n\n t\t \x01 \x1f / é");
  EXPECT_EQ(out, "\"q\\\" b\\\\ n\\n t\\t \\u0001 \\u001f / é\"");
}

TEST(JsonWriter, WritesTheGreatestNumbersExactly) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array().number(std::numeric_limits<std::uint64_t>::max());
  writer.number(std::numeric_limits<std::int64_t>::min()).end_array();
  EXPECT_EQ(out, "[18446744073709551615,-9223372036854775808]");
}

TEST(JsonValue, WalksADocumentAndAnswersEmptyForWhatIsNotThere) {
  const auto document =
      JsonDocument::parse(R"({"a":[1,{"b":"x"},true,null,-2.5],"n":18446744073709551615})");
  ASSERT_TRUE(document);
  const JsonValue root = document.value().root();
  EXPECT_EQ(root["a"].size(), 5U);
  EXPECT_EQ(root["a"][0].integer(), 1);
  EXPECT_EQ(root["a"][1]["b"].text(), "x");
  EXPECT_EQ(root["a"][2].boolean(), true);
  EXPECT_TRUE(root["a"][3].is_null());
  EXPECT_EQ(root["a"][4].number(), -2.5);
  EXPECT_EQ(root["n"].unsigned_integer(), 18446744073709551615U);
  EXPECT_FALSE(root["n"].integer()) << "does not fit";
  EXPECT_FALSE(root["a"][9]["deep"]["er"].exists());
  EXPECT_EQ(root["a"][1]["c"].text_or("none"), "none");
  EXPECT_EQ(root["zzz"].json(), "null");
  EXPECT_EQ(root.members().size(), 2U);
  EXPECT_EQ(root["a"].elements().size(), 5U);
}

TEST(JsonValue, TheCanonicalFormSortsKeysAtEveryLevel) {
  const auto document = JsonDocument::parse(R"({ "b": {"z":1, "a":[{"y":2,"x":1}]}, "a": "é\/" })");
  ASSERT_TRUE(document);
  EXPECT_EQ(document.value().root().canonical(), R"({"a":"é/","b":{"a":[{"x":1,"y":2}],"z":1}})");
  EXPECT_EQ(document.value().root().json(), R"({"b":{"z":1,"a":[{"y":2,"x":1}]},"a":"é/"})");
}

TEST(JsonDocument, ASyntaxErrorNamesTheOffset) {
  const auto document = JsonDocument::parse(R"({"pan": 3569990000000009, oops})");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Errc::kJsonSyntax);
  EXPECT_NE(document.error().detail.find("26"), std::string::npos) << document.error().detail;
  EXPECT_EQ(document.error().detail.find("3569"), std::string::npos);
}

TEST(JsonDocument, RefusesWhatIsNotOneDocumentInUtf8) {
  for (const std::string_view text : {"", " ", "{}{}", "{\"a\":1,}", "[1 2]", "nul", "\"\xff\""}) {
    const auto document = JsonDocument::parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().code, Errc::kJsonSyntax);
  }
  EXPECT_EQ(JsonDocument::parse(std::string_view("{}\0[", 4)).error().code, Errc::kJsonSyntax)
      << "a NUL must not hide what follows";
}

TEST(JsonDocument, RefusesMoreThanTheLimit) {
  const std::string text = "\"" + std::string(100, 'x') + "\"";
  EXPECT_TRUE(JsonDocument::parse(text, text.size()));
  EXPECT_EQ(JsonDocument::parse(text, text.size() - 1).error().code, Errc::kBodyTooLarge);
}

TEST(JsonDocument, RefusesDeepNestingButNotManyBrackets) {
  const std::string deep(kNestingMax + 1, '[');
  EXPECT_EQ(JsonDocument::parse(deep).error().code, Errc::kLimitReached);
  const std::string mixed = std::string(500'000, '[') + std::string(500'000, ']');
  EXPECT_EQ(JsonDocument::parse(mixed).error().code, Errc::kLimitReached);
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += "[],";
  EXPECT_TRUE(JsonDocument::parse(wide + "\"[[[[\\\"[[[\"]"));
}

}  // namespace
}  // namespace cw::codec
