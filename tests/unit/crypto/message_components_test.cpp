#include "lib/crypto/message_components.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cw::crypto {
namespace {

struct Components : ::testing::Test {
  std::vector<HeaderField> headers{{"Host", "www.example.com"},
                                   {"X-OWS-Header", "  Leading and trailing whitespace.\t "},
                                   {"X-Obs-Fold-Header", "Obsolete\r\n    line folding."},
                                   {"Cache-Control", "max-age=60"},
                                   {"cache-control", "  must-revalidate"},
                                   {"Example-Dict", " a=1,    b=2;x=1;y=2,   c=(a   b   c)"},
                                   {"X-Empty-Header", ""},
                                   {"Example-Header", "value, with, lots"},
                                   {"Example-Header", "of, commas"}};
  MessageView message{.method = "POST",
                      .target_uri = "https://www.Example.com:443/path?param=value&a=b%20c+d&e",
                      .headers = headers};

  [[nodiscard]] std::string value(const std::string& component) const {
    const auto item = sf::parse_item(component);
    const auto found = component_value(message, item.value());
    return found ? found.value() : "refused";
  }
};

// The values are those of RFC 9421 section 2.
TEST_F(Components, DerivedOnesComeFromMethodAndTarget) {
  EXPECT_EQ(value(R"("@method")"), "POST");
  EXPECT_EQ(value(R"("@target-uri")"), message.target_uri);
  EXPECT_EQ(value(R"("@authority")"), "www.example.com");
  EXPECT_EQ(value(R"("@scheme")"), "https");
  EXPECT_EQ(value(R"("@request-target")"), "/path?param=value&a=b%20c+d&e");
  EXPECT_EQ(value(R"("@path")"), "/path");
  EXPECT_EQ(value(R"("@query")"), "?param=value&a=b%20c+d&e");
}

TEST_F(Components, AnEmptyPathIsASlashAndAMissingQueryAQuestionMark) {
  message.target_uri = "http://example.com:80";
  EXPECT_EQ(value(R"("@path")"), "/");
  EXPECT_EQ(value(R"("@query")"), "?");
  EXPECT_EQ(value(R"("@authority")"), "example.com");
  message.target_uri = "http://user:word@example.com:8080?x#y";
  EXPECT_EQ(value(R"("@authority")"), "example.com:8080");
  EXPECT_EQ(value(R"("@query")"), "?x");
}

TEST_F(Components, QueryParametersAreDecodedAndEncodedInOneWay) {
  EXPECT_EQ(value(R"("@query-param";name="param")"), "value");
  EXPECT_EQ(value(R"("@query-param";name="a")"), "b%20c%20d");
  EXPECT_EQ(value(R"("@query-param";name="e")"), "");
  EXPECT_EQ(value(R"("@query-param";name="z")"), "refused");
  EXPECT_EQ(value(R"("@query-param")"), "refused");
  message.target_uri =
      "https://x/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace"
      "&fa%C3%A7ade%22%3A%20=something&bad=100%&bar2=1&bar2=2";
  EXPECT_EQ(value(R"("@query-param";name="var")"), "this%20is%20a%20big%0Amultiline%20value");
  EXPECT_EQ(value(R"("@query-param";name="bar")"), "with%20plus%20whitespace");
  EXPECT_EQ(value(R"("@query-param";name="fa%C3%A7ade%22%3A%20")"), "something");
  EXPECT_EQ(value(R"("@query-param";name="bad")"), "100%25");
  EXPECT_EQ(value(R"("@query-param";name="bar2")"), "refused") << "which of the two was signed?";
}

TEST_F(Components, FieldsAreTrimmedUnfoldedAndJoined) {
  EXPECT_EQ(value(R"("host")"), "www.example.com");
  EXPECT_EQ(value(R"("x-ows-header")"), "Leading and trailing whitespace.");
  EXPECT_EQ(value(R"("x-obs-fold-header")"), "Obsolete line folding.");
  EXPECT_EQ(value(R"("cache-control")"), "max-age=60, must-revalidate");
  EXPECT_EQ(value(R"("example-dict")"), "a=1,    b=2;x=1;y=2,   c=(a   b   c)");
  EXPECT_EQ(value(R"("x-empty-header")"), "");
  EXPECT_EQ(value(R"("missing")"), "refused");
}

TEST_F(Components, StructuredFieldsAreWrittenInOneWay) {
  EXPECT_EQ(value(R"("example-dict";sf)"), "a=1, b=2;x=1;y=2, c=(a b c)");
  EXPECT_EQ(value(R"("example-dict";key="a")"), "1");
  EXPECT_EQ(value(R"("example-dict";key="b")"), "2;x=1;y=2");
  EXPECT_EQ(value(R"("example-dict";key="c")"), "(a b c)");
  EXPECT_EQ(value(R"("example-dict";key="d")"), "refused");
  EXPECT_EQ(value(R"("x-ows-header";sf)"), "refused");
  EXPECT_EQ(value(R"("example-header";bs)"), ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:");
  EXPECT_EQ(value(R"("example-header";bs;sf)"), "refused");
}

TEST_F(Components, WhatIsNotKnownIsRefused) {
  for (const char* bad : {R"("@nonesuch")",
                          R"("@status")",
                          R"("Host")",
                          R"("host";tr)",
                          R"("@method";sf)",
                          R"("@method";req)",
                          R"("")",
                          "host"}) {
    EXPECT_EQ(value(bad), "refused") << bad;
  }
  headers[0].second = "a\r\nb: c";
  EXPECT_EQ(value(R"("host")"), "refused") << "a line break would forge a line of the base";
  message.target_uri = "/path";
  EXPECT_EQ(value(R"("@path")"), "refused");
}

TEST_F(Components, AResponseHasAStatusAndMayLookAtItsRequest) {
  const MessageView request = message;
  message = {.status = 503, .headers = headers, .request = &request};
  EXPECT_EQ(value(R"("@status")"), "503");
  EXPECT_EQ(value(R"("@method")"), "refused");
  EXPECT_EQ(value(R"("@method";req)"), "POST");
  EXPECT_EQ(value(R"("@authority";req)"), "www.example.com");
}

TEST_F(Components, TheBaseHasALineForEachAndEndsWithTheParameters) {
  const auto list = sf::parse_list(R"(("@method" "host");created=1)").value();
  const auto& input = std::get<sf::InnerList>(list.front());
  EXPECT_EQ(signature_base(message, input).value(),
            "\"@method\": POST\n\"host\": www.example.com\n"
            "\"@signature-params\": (\"@method\" \"host\");created=1");
}

TEST_F(Components, NoComponentStandsTwice) {
  const auto list = sf::parse_list(R"(("host" "host"))").value();
  const auto base = signature_base(message, std::get<sf::InnerList>(list.front()));
  EXPECT_EQ(base.error().code, Errc::kSignatureComponents);
  const auto turned = sf::parse_list(R"(("example-dict";sf;key="a" "example-dict";key="a";sf))");
  EXPECT_FALSE(signature_base(message, std::get<sf::InnerList>(turned.value().front())));
}

TEST_F(Components, TheBaseIsAscii) {
  headers[0].second = "b\xC3\xBCro.example";
  const auto list = sf::parse_list(R"(("host"))").value();
  const auto base = signature_base(message, std::get<sf::InnerList>(list.front()));
  EXPECT_EQ(base.error().code, Errc::kSignatureComponents);
}

}  // namespace
}  // namespace cw::crypto
