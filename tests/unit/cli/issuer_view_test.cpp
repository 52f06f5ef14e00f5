#include "cli/commands/issuer_view.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::cli {
namespace {

TEST(SilentIssuers, AreShownWithHowLongAndWhatCameLast) {
  const std::string json = R"({"limit_seconds":604800,"as_of":"2009-11-01T00:00:00.000Z","issuers":[
      {"issuer":"mute","silent_seconds":900000,"last_reported_at":null,"last_received_at":null,
       "nil_until":"2009-10-20T00:00:00.000Z"}]})";
  const auto document = codec::JsonDocument::parse(json);
  ASSERT_TRUE(document);
  Terminal terminal;
  testing::internal::CaptureStdout();

  print_silent(terminal, document.value().root(), json);

  const auto text = testing::internal::GetCapturedStdout();
  EXPECT_NE(text.find("mute"), std::string::npos) << text;
  EXPECT_NE(text.find("10d 10h"), std::string::npos) << text;
  EXPECT_NE(text.find("2009-10-20T00:00:00.000Z"), std::string::npos) << text;
}

}  // namespace
}  // namespace cw::cli
