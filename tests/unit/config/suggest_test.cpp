#include "lib/config/suggest.hpp"

#include <gtest/gtest.h>

namespace cw::config {
namespace {

TEST(Suggest, FindsTheNearestWord) {
  const std::vector<std::string> known = {"kafka.brokers", "kafka.topic_prefix", "log.level"};

  EXPECT_EQ(suggest("kafka.borkers", known), "kafka.brokers");
  EXPECT_EQ(suggest("log.levle", known), "log.level");
  EXPECT_EQ(suggest("kafka.topicprefix", known), "kafka.topic_prefix");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(suggest("zzz", {"kafka.brokers"}), "");
  EXPECT_EQ(suggest(std::string(5000, 'a'), {"kafka.brokers"}), "");
}

}  // namespace
}  // namespace cw::config
