#include "cli/count_view.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::cli {
namespace {

codec::JsonDocument parsed(const std::string& json) {
  return codec::JsonDocument::parse(json).value();
}

std::string line_of(const std::string& json) {
  const auto document = parsed(json);
  return provisional_line(document.root());
}

template <class Print>
std::string printed(Print print, const std::string& json) {
  const auto document = parsed(json);
  Terminal terminal;
  testing::internal::CaptureStdout();
  print(terminal, document.root(), json);
  return testing::internal::GetCapturedStdout();
}

TEST(ProvisionalLine, NamesEachIssuerWithItsLastReportAndUsualLag) {
  EXPECT_EQ(
      line_of(R"({"as_of":"2009-10-23","provisional":true,"not_heard_from":[
                {"issuer":"jcb-a","last_reported_at":"2009-10-19T00:00:00.000Z",
                 "last_received_at":"2009-10-20T00:00:00.000Z","usual_lag_seconds":345600},
                {"issuer":"visa-b","last_reported_at":null,"last_received_at":null,
                 "usual_lag_seconds":null}]})"),
      "provisional: not heard from since 2009-10-23: jcb-a (last 2009-10-20T00:00:00.000Z, usual "
      "lag 4 days); visa-b (never)\n");
}

TEST(ProvisionalLine, IsEmptyWhenAllWereHeardFrom) {
  EXPECT_EQ(line_of(R"({"as_of":"2009-10-23","provisional":false,"not_heard_from":[]})"), "");
}

TEST(ProvisionalLine, OfAPublishedFigureSaysWhenItWas) {
  EXPECT_EQ(line_of(R"({"as_of":"2009-10-23","provisional":true})"),
            "provisional when it was published\n");
}

TEST(SeriesView, HasARowForEachPointAndGroup) {
  const auto text = printed(print_series, R"({"unit":"cards","provisional":false,"points":[
      {"from":"2009-07-14","to":"2009-07-19","known_at":null,"figure":0,"new":0,"rows":[]},
      {"from":"2009-07-20","to":"2009-07-26","known_at":null,"figure":3,"new":3,
       "rows":[{"outcome":"identified","count":1,"new":1},{"outcome":"in_file","count":2,"new":2}]}
      ]})");
  EXPECT_NE(text.find("outcome"), std::string::npos) << text;
  EXPECT_NE(text.find("identified"), std::string::npos) << text;
  EXPECT_EQ(text.find("2009-07-19"), std::string::npos) << "no group counts there";
}

TEST(RecountView, SaysWhatCameAndWent) {
  const auto text = printed(print_recount, R"({"incident":"leak","number":3,"equal":false,
      "definition":"reports of any cause","figure":{"published":2,"now":3},
      "digest":{"published":"a","now":"b"},"rows":[],"published_set_found":true,
      "gained":{"reports":0,"cards":2,"members":0},"lost":{"reports":0,"cards":1,"members":0}})");
  EXPECT_NE(text.find("leak/3: DIFFERENT"), std::string::npos) << text;
  EXPECT_NE(text.find("gained 2 cards; lost 1 cards"), std::string::npos) << text;
}

}  // namespace
}  // namespace cw::cli
