#include "lib/config/yaml.hpp"

#include <gtest/gtest.h>

namespace cw::config {
namespace {

std::string json(std::string_view yaml) {
  const auto result = yaml_to_json(yaml);
  return result ? result.value() : std::string{name(result.error().code)};
}

TEST(YamlToJson, KeepsPlainNumbersFlagsAndNullAndMakesTheRestText) {
  EXPECT_EQ(json("a: 1\nb: true\nc: null\nd: x\ne: -7\nf: ~\ng:"),
            R"({"a":1,"b":true,"c":null,"d":"x","e":-7,"f":null,"g":null})");
}

TEST(YamlToJson, QuotedScalarsStayText) {
  EXPECT_EQ(json("a: \"1\"\nb: 'true'\nc: \"\""), R"({"a":"1","b":"true","c":""})");
}

TEST(YamlToJson, DatesDecimalsAndLeadingZerosStayText) {
  EXPECT_EQ(json("a: 2009-07-14\nb: 1.5\nc: 0123\nd: 35699900\ne: 2010-03"),
            R"({"a":"2009-07-14","b":"1.5","c":"0123","d":35699900,"e":"2010-03"})");
}

TEST(YamlToJson, NestsListsAndMaps) {
  EXPECT_EQ(json("files:\n  - {name: extract-1, tags: [a, b]}\n  - {}\nempty: []"),
            R"({"files":[{"name":"extract-1","tags":["a","b"]},{}],"empty":[]})");
}

TEST(YamlToJson, ReadsJsonToo) {
  EXPECT_EQ(json(R"({"a": [1, "x\"y"]})"), R"({"a":[1,"x\"y"]})");
}

TEST(ParseYaml, NamesTheLineOfAMistake) {
  const auto result = parse_yaml("a: 1\nb: [1\n");

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::kConfigValue);
  EXPECT_NE(result.error().detail.find("line "), std::string::npos) << result.error().detail;
}

TEST(ParseYaml, RefusesAKeyThatStandsTwice) {
  const auto result = parse_yaml("a: 1\nb: 2\na: 3\n");

  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().detail.find("line 3"), std::string::npos) << result.error().detail;
}

TEST(ParseYaml, RefusesSeveralDocumentsAndDeepNests) {
  EXPECT_FALSE(parse_yaml("a: 1\n---\nb: 2\n").has_value());
  EXPECT_FALSE(parse_yaml(std::string(100, '[') + std::string(100, ']')).has_value());
}

// Goal: a small file cannot become a huge tree. Method: nine levels of nine aliases each.
TEST(ParseYaml, RefusesAliasesThatMultiply) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int level = 1; level < 9; ++level) {
    const std::string before = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + before;
    for (int i = 1; i < 9; ++i) text += "," + before;
    text += "]\n";
  }

  EXPECT_FALSE(parse_yaml(text).has_value());
}

TEST(ParseYaml, AnEmptyDocumentIsNull) {
  EXPECT_EQ(parse_yaml("").value().kind, Node::Kind::kNull);
  EXPECT_EQ(parse_yaml("# only a comment\n").value().kind, Node::Kind::kNull);
}

}  // namespace
}  // namespace cw::config
