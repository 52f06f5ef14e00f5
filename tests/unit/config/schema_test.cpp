#include "lib/config/schema.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace cw::config {
namespace {

using namespace std::chrono_literals;

class SchemaTest : public testing::Test {
 protected:
  SchemaTest() {
    schema_.text({.key = "kafka.brokers", .about = "Brokers."}, brokers_);
    schema_.map({.key = "kafka.properties", .about = "Any."}, properties_);
    schema_.number({.key = "push.batch_max", .about = "Entries.", .example = "100"},
                   Bounds<std::uint32_t>{1, 5000},
                   batch_max_);
    schema_.duration({.key = "push.backoff", .about = "Pause."}, {1ms, 1h}, backoff_);
    schema_.bytes({.key = "push.body", .about = "Body."}, {1, 1U << 20U}, body_);
    schema_.flag({.key = "push.on", .about = "Whether."}, on_);
    schema_.choice({.key = "push.mode", .about = "How."}, {"jwe", "plain"}, mode_);
    schema_.text({.key = "push.token", .about = "Token.", .secret = Secret::kYes}, token_);
    schema_.texts({.key = "push.tags", .about = "Tags."}, tags_);
    schema_.items({.key = "principals", .about = "Who."},
                  {{.name = "name", .about = "cn", .required = Required::kYes},
                   {.name = "roles", .about = "what", .many = true}},
                  principals_);
  }

  Status load(std::string_view yaml) {
    return schema_.load({.file = dir_.write("config.yaml", yaml).string()});
  }

  Error refused(std::string_view yaml) {
    const Status status = load(yaml);
    EXPECT_FALSE(status.has_value()) << yaml;
    return status ? Error{} : status.error();
  }

  bool printed(const std::string& line) const {
    return ("\n" + schema_.print()).find("\n" + line + "\n") != std::string::npos;
  }

  test::TempDir dir_;
  Schema schema_;
  std::string brokers_ = "localhost:9092";
  std::map<std::string, std::string> properties_;
  std::uint32_t batch_max_ = 500;
  std::chrono::milliseconds backoff_ = 1s;
  std::uint64_t body_ = 4096;
  bool on_ = false;
  std::string mode_ = "jwe";
  std::string token_;
  std::vector<std::string> tags_;
  std::vector<Item> principals_;
};

TEST_F(SchemaTest, ReadsEveryKindFromAFile) {
  const Status status = load(R"(
kafka:
  brokers: kafka-1:9093
  properties: {linger.ms: 5, security.protocol: ssl}
push:
  batch_max: 100
  backoff: 5m
  body: 64KiB
  on: true
  mode: plain
  tags: [a, b]
principals:
  - name: desk-a
    roles: [read, load]
)");

  ASSERT_TRUE(status.has_value()) << status.error().detail;
  EXPECT_EQ(brokers_, "kafka-1:9093");
  EXPECT_EQ(properties_.at("linger.ms"), "5");
  EXPECT_EQ(batch_max_, 100U);
  EXPECT_EQ(backoff_, 5min);
  EXPECT_EQ(body_, 65536U);
  EXPECT_TRUE(on_);
  EXPECT_EQ(mode_, "plain");
  EXPECT_EQ(tags_, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(principals_.size(), 1U);
  EXPECT_EQ(principals_[0].text("name"), "desk-a");
  EXPECT_EQ(principals_[0].texts("roles"), (std::vector<std::string>{"read", "load"}));
}

TEST_F(SchemaTest, FlagsWinOverEnvironmentOverFileOverDefaults) {
  const auto file = dir_.write("config.yaml", "push: {batch_max: 2, mode: plain, on: true}\n");

  const Status status = schema_.load(
      {.file = file.string(),
       .environment = {{"CARDWATCH_PUSH_BATCH_MAX", "3"}, {"CARDWATCH_PUSH_MODE", "jwe"}},
       .sets = {"push.batch_max=4"}});

  ASSERT_TRUE(status.has_value()) << status.error().detail;
  EXPECT_EQ(batch_max_, 4U);
  EXPECT_EQ(mode_, "jwe");
  EXPECT_TRUE(on_);
  EXPECT_EQ(brokers_, "localhost:9092");
  EXPECT_TRUE(printed("  batch_max: 4  # --set"));
  EXPECT_TRUE(printed("  mode: jwe  # environment CARDWATCH_PUSH_MODE"));
  EXPECT_TRUE(printed("  on: true  # " + file.string() + " line 1"));
  EXPECT_TRUE(printed("  brokers: \"localhost:9092\"  # default"));
}

TEST_F(SchemaTest, AnUnknownKeyNamesItsPlaceAndTheNearestKnownOne) {
  const Error error = refused("kafka:\n  borkers: x\n");

  EXPECT_EQ(error.code, Errc::kConfigUnknownKey);
  EXPECT_NE(error.detail.find("'kafka.borkers'"), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("line 2"), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("did you mean 'kafka.brokers'?"), std::string::npos) << error.detail;
}

TEST_F(SchemaTest, UnknownSectionsFlagsAndItemFieldsAreRefusedToo) {
  EXPECT_EQ(refused("kakfa: {brokers: x}\n").code, Errc::kConfigUnknownKey);
  EXPECT_EQ(schema_.load({.sets = {"push.batchmax=1"}}).error().code, Errc::kConfigUnknownKey);
  const Error field = refused("principals: [{name: a, rules: [read]}]\n");
  EXPECT_EQ(field.code, Errc::kConfigUnknownKey);
  EXPECT_NE(field.detail.find("did you mean 'roles'?"), std::string::npos) << field.detail;
}

TEST_F(SchemaTest, ABadValueNamesKeyValueAndBounds) {
  const Error error = refused("push:\n  batch_max: 5001\n");

  EXPECT_EQ(error.code, Errc::kConfigValue);
  for (const char* part : {"push.batch_max", "'5001'", "1 to 5000", "line 2"}) {
    EXPECT_NE(error.detail.find(part), std::string::npos) << part << " in " << error.detail;
  }
}

TEST_F(SchemaTest, RefusesValuesOfTheWrongKind) {
  for (const char* yaml : {"push: {batch_max: 0}",
                           "push: {batch_max: many}",
                           "push: {batch_max: [1]}",
                           "push: {backoff: 5}",
                           "push: {backoff: 2h}",
                           "push: {body: 2MiB}",
                           "push: {on: yes}",
                           "push: {mode: fax}",
                           "push: 5",
                           "principals: {name: a}",
                           "principals: [{roles: [a]}]",
                           "principals: [{name: [a, b]}]",
                           "kafka: {properties: [a]}",
                           "[a]",
                           "a: [",
                           "push: {tags: {a: b}}"}) {
    EXPECT_EQ(refused(yaml).code, Errc::kConfigValue) << yaml;
  }
}

TEST_F(SchemaTest, SecretsAreShownNeitherInPrintsNorInErrors) {
  ASSERT_TRUE(
      load("push: {token: hunter2}\n"
           "kafka: {properties: {sasl.password: hunter2, linger.ms: 5}}\n"));

  const std::string text = schema_.print();
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_NE(text.find("(redacted)"), std::string::npos);
  EXPECT_NE(text.find("\"linger.ms\": \"5\""), std::string::npos) << text;
  EXPECT_EQ(refused("push: {token: [hunter2]}").detail.find("hunter2"), std::string::npos);
}

TEST_F(SchemaTest, OneEntryOfAMapCanBeSetAlone) {
  ASSERT_TRUE(schema_.load({.sets = {"kafka.properties.queued.min.messages=10"}}));

  EXPECT_EQ(properties_.at("queued.min.messages"), "10");
}

TEST_F(SchemaTest, ListsComeFromTheEnvironmentInFlowStyle) {
  ASSERT_TRUE(schema_.load({.environment = {{"CARDWATCH_PUSH_TAGS", "[x, y]"},
                                            {"CARDWATCH_PRINCIPALS", "[{name: a}]"}}}));

  EXPECT_EQ(tags_, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(principals_.at(0).text("name"), "a");
}

TEST_F(SchemaTest, VariablesOfOtherProgramsAreNoError) {
  EXPECT_TRUE(schema_.load({.environment = {{"CARDWATCH_INTAKE_PORT", "tcp://10.0.0.1:80"}}}));
}

TEST_F(SchemaTest, AMissingRequiredKeyIsNamed) {
  std::string needed;
  schema_.text({.key = "tls.key", .about = "Key file.", .required = Required::kYes}, needed);

  const Status status = schema_.load({});

  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Errc::kConfigMissing);
  EXPECT_NE(status.error().detail.find("tls.key"), std::string::npos);
}

TEST_F(SchemaTest, AMissingFileIsFileRead) {
  EXPECT_EQ(schema_.load({.file = (dir_ / "none.yaml").string()}).error().code, Errc::kFileRead);
}

TEST_F(SchemaTest, TheReferenceListsEveryPropertyOnce) {
  const std::string text = schema_.reference();

  EXPECT_NE(text.find("| `push.batch_max` | number | `500` | 1 to 5000 | "
                      "`CARDWATCH_PUSH_BATCH_MAX` | Entries. Example: `100`. |"),
            std::string::npos)
      << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + 10);
}

TEST_F(SchemaTest, WhatItPrintsCanBeReadBack) {
  ASSERT_TRUE(load("push: {batch_max: 7, tags: [\"a b\"]}\nprincipals: [{name: a, roles: [r]}]\n"));
  const std::string text = schema_.print();
  batch_max_ = 1;

  const Status status = load(text);

  ASSERT_TRUE(status.has_value()) << status.error().detail << "\n" << text;
  EXPECT_EQ(batch_max_, 7U);
}

}  // namespace
}  // namespace cw::config
