#include "cli/topic_file.hpp"

#include <gtest/gtest.h>

namespace cw::cli {
namespace {

TEST(TopicFile, GivesEachTopicItsPrefixPartitionsAndSettings) {
  const auto specs = read_topics(
      "topics:\n"
      "  - name: reports.v1\n"
      "    partitions: 4\n"
      "    config: {cleanup.policy: delete, retention.ms: -1}\n",
      "test.",
      3);
  ASSERT_TRUE(specs.has_value());
  ASSERT_EQ(specs.value().size(), 1U);
  EXPECT_EQ(specs.value()[0].name, "test.reports.v1");
  EXPECT_EQ(specs.value()[0].partitions, 4);
  EXPECT_EQ(specs.value()[0].replication, 3);
  EXPECT_EQ(specs.value()[0].config.at("retention.ms"), "-1");
}

TEST(TopicFile, NamesTheLineOfAWrongNumberOfPartitions) {
  const auto specs = read_topics("topics:\n  - name: a\n    partitions: many\n", "", 1);
  ASSERT_FALSE(specs.has_value());
  EXPECT_EQ(specs.error().code, Errc::kConfigValue);
  EXPECT_NE(specs.error().detail.find("line 3"), std::string::npos) << specs.error().detail;
}

TEST(TopicFile, RefusesADocumentWithoutTopics) {
  EXPECT_EQ(read_topics("other: 1\n", "", 1).error().code, Errc::kConfigValue);
}

}  // namespace
}  // namespace cw::cli
