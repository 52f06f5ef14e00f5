#include "lib/crypto/jose_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::crypto {
namespace {

TEST(JoseJson, ReadsTextsIntegersAndObjects) {
  const auto parsed = JoseObject::parse(
      R"( {"a" : "x\"\\\/\n\u00e9\ud83d\ude00" , "i":-12, "o":{"p":"q"}, "l":[1,"two",{"t":[]}],)"
      R"("t":true,"f":false,"n":null} )");
  ASSERT_TRUE(parsed.has_value());
  const JoseObject& object = parsed.value();
  EXPECT_EQ(object.text("a"), "x\"\\/\n\u00e9\U0001F600");
  EXPECT_EQ(object.integer("i"), -12);
  ASSERT_NE(object.object("o"), nullptr);
  EXPECT_EQ(object.object("o")->text("p"), "q");
  EXPECT_TRUE(object.has("l"));
  EXPECT_EQ(object.text("l"), std::nullopt);
  EXPECT_EQ(object.text("i"), std::nullopt);
  EXPECT_EQ(object.integer("a"), std::nullopt);
  EXPECT_EQ(object.object("a"), nullptr);
  EXPECT_EQ(object.text("missing"), std::nullopt);
}

TEST(JoseJson, RefusesWhatIsNotStrictJson) {
  for (const char* bad : {"",
                          "[]",
                          "{",
                          "{}x",
                          "{,}",
                          R"({"a"})",
                          R"({"a":})",
                          R"({"a":1,})",
                          R"({"a":1 "b":2})",
                          R"({a:1})",
                          R"({"a":'x'})",
                          R"({"a":01})",
                          R"({"a":1.5})",
                          R"({"a":1e3})",
                          R"({"a":+1})",
                          R"({"a":9223372036854775808})",
                          R"({"a":"x)",
                          "{\"a\":\"x\ny\"}",
                          R"({"a":"\x"})",
                          R"({"a":"\u12"})",
                          R"({"a":"\ud800"})",
                          R"({"a":"\ud800\u0041"})",
                          R"({"a":"\udc00"})",
                          R"({"a":tru})",
                          R"({"a":[1,]})"}) {
    const auto parsed = JoseObject::parse(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, Errc::kJsonSyntax);
  }
}

TEST(JoseJson, RefusesRepeatedMembers) {
  EXPECT_FALSE(JoseObject::parse(R"({"alg":"a","alg":"b"})").has_value());
}

TEST(JoseJson, RefusesDepthAndWidthOverTheLimit) {
  EXPECT_TRUE(JoseObject::parse(R"({"a":{"a":{"a":{}}}})").has_value());
  EXPECT_FALSE(JoseObject::parse(R"({"a":{"a":{"a":{"a":{}}}}})").has_value());
  EXPECT_FALSE(JoseObject::parse(R"({"a":)" + std::string(100000, '[')).has_value());
  std::string wide = "{";
  for (int i = 0; i < 65; ++i) wide += "\"m" + std::to_string(i) + "\":1,";
  wide.back() = '}';
  EXPECT_FALSE(JoseObject::parse(wide).has_value());
}

TEST(JoseJson, WritesSortedAndEscaped) {
  JoseWriter writer;
  writer.text("b", "q\"\\\n").integer("a", 5).raw("c", "{}");
  EXPECT_EQ(writer.json(), R"({"a":5,"b":"q\"\\\u000a","c":{}})");
  EXPECT_EQ(JoseObject::parse(writer.json()).value().text("b"), "q\"\\\n");
}

}  // namespace
}  // namespace cw::crypto
