#include "lib/telemetry/logger.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

namespace cw::telemetry {
namespace {

// What may not be printed cannot even be made into a field.
static_assert(!std::is_constructible_v<Field, std::string_view, const Sensitive&>);
static_assert(!std::is_constructible_v<Field, std::string_view, Sensitive>);

class LoggerTest : public testing::Test {
 protected:
  void TearDown() override { set_log_level(Level::kInfo); }

  std::vector<std::string> lines_;
  LogCapture capture_{[this](std::string_view line) { lines_.emplace_back(line); }};
  const Logger logger_{"test"};
};

TEST_F(LoggerTest, WritesOneJsonObjectWithTheFixedKeysFirst) {
  logger_.info("upload_loaded", "The upload was stored", {{"records", 17}, {"incident", "alico"}});

  ASSERT_EQ(lines_.size(), 1U);
  const std::string& line = lines_.front();
  EXPECT_TRUE(line.starts_with("{\"ts\":\"")) << line;
  EXPECT_EQ(line.substr(line.find(",\"level\"")),
            ",\"level\":\"info\",\"logger\":\"test\",\"event\":\"upload_loaded\","
            "\"msg\":\"The upload was stored\",\"records\":17,\"incident\":\"alico\"}");
}

TEST_F(LoggerTest, TheTimeIsUtcWithMilliseconds) {
  logger_.info("event", "text");

  constexpr std::size_t kAt = std::string_view{"{\"ts\":\""}.size();
  const std::string ts = lines_.at(0).substr(kAt, 24);
  EXPECT_EQ(ts.size(), 24U);
  EXPECT_EQ(ts[10], 'T');
  EXPECT_EQ(ts[19], '.');
  EXPECT_EQ(ts[23], 'Z');
}

TEST_F(LoggerTest, EscapesWhatPeersMaySend) {
  logger_.warn("event", "text", {{"name", "a\"b\\c\nd\x01\xff"}});

  EXPECT_NE(lines_.at(0).find("\"name\":\"a\\\"b\\\\c\\nd\\u0001\xEF\xBF\xBD\"}"),
            std::string::npos)
      << lines_.at(0);
}

TEST_F(LoggerTest, KeepsNumbersAndFlagsUnquoted) {
  logger_.info(
      "event", "text", {{"i", -5}, {"u", 7U}, {"d", 0.5}, {"b", true}, {"code", Errc::kPanLuhn}});

  EXPECT_NE(lines_.at(0).find("\"i\":-5,\"u\":7,\"d\":0.5,\"b\":true,\"code\":\"PAN_LUHN\"}"),
            std::string::npos)
      << lines_.at(0);
}

TEST_F(LoggerTest, AnAlarmIsMarked) {
  logger_.alarm("certificate_expired", "text");

  EXPECT_NE(lines_.at(0).find("\"level\":\"error\""), std::string::npos);
  EXPECT_NE(lines_.at(0).find("\"alarm\":true"), std::string::npos);
}

TEST_F(LoggerTest, LeavesOutLinesBelowTheLevel) {
  logger_.debug("hidden", "text");
  set_log_level(Level::kDebug);
  logger_.debug("shown", "text");
  set_log_level(Level::kError);
  logger_.warn("hidden", "text");

  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_.at(0).find("shown"), std::string::npos);
}

TEST_F(LoggerTest, ThrottledLinesSayHowManyWereHeldBack) {
  Throttle throttle(1, std::chrono::hours{1});
  for (int i = 0; i < 4; ++i) logger_.warn_throttled(throttle, "refused", "text");

  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_.at(0).find("\"suppressed\":0"), std::string::npos);
}

TEST_F(LoggerTest, KnowsItsLevelsByName) {
  EXPECT_EQ(parse_level("warn").value(), Level::kWarn);
  EXPECT_EQ(parse_level("loud").error().code, Errc::kConfigValue);
}

}  // namespace
}  // namespace cw::telemetry
