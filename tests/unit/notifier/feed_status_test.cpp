#include "notifier/feed_status.hpp"

#include "lib/codec/json_value.hpp"
#include "notifier/notifier_config.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

const Instant kNow = parse_instant("2009-07-23T01:00:00Z").value();
const std::string kSum(64, 'a');

DeliveryStatus delivery() {
  DeliveryStatus status;
  status.phase = DeliveryPhase::kIdle;
  status.state.issuer = IssuerId{"jcb-a"};
  status.state.through = 7;
  status.state.accepted_through = 7;
  status.issuer_digest = codec::FeedAnswer::Digest{7, 3, kSum};
  return status;
}

FeedFigures figures() {
  return {.entries = 3, .through = 7, .digest = DeliveredDigest{3, kSum}};
}

TEST(FeedStatus, DigestsAreComparedWhenNothingIsPending) {
  EXPECT_EQ(feed_status(delivery(), figures(), kNow).digest_equal, true);

  auto fewer = figures();
  fewer.digest->count = 2;
  EXPECT_EQ(feed_status(delivery(), fewer, kNow).digest_equal, false);
  auto pending = figures();
  pending.digest.reset();
  EXPECT_EQ(feed_status(delivery(), pending, kNow).digest_equal, std::nullopt);
}

TEST(FeedStatus, DigestsOfDifferentMomentsAreNotCompared) {
  auto older = delivery();
  older.issuer_digest->through = 6;
  EXPECT_EQ(feed_status(older, figures(), kNow).digest_equal, std::nullopt);
  auto newer = figures();
  newer.through = 8;
  EXPECT_EQ(feed_status(delivery(), newer, kNow).digest_equal, std::nullopt);
}

TEST(FeedStatus, TheAgeOfTheOldestPendingEntryIsNeverNegative) {
  auto waiting = figures();
  waiting.oldest_pending = kNow - std::chrono::seconds{90};
  EXPECT_EQ(feed_status(delivery(), waiting, kNow).oldest_undelivered_seconds, 90U);
  waiting.oldest_pending = kNow + std::chrono::seconds{90};
  EXPECT_EQ(feed_status(delivery(), waiting, kNow).oldest_undelivered_seconds, 0U);
}

TEST(FeedStatus, JsonHasWhatTheApiPromises) {
  auto status = delivery();
  status.set_aside = 1;
  status.set_aside_newest = {{5, "REMOTE_REFUSED"}};
  const auto json = to_json(std::vector{feed_status(status, figures(), kNow)});
  const auto document = codec::JsonDocument::parse(json);
  ASSERT_TRUE(document) << json;
  const auto feed = document.value().root()[std::size_t{0}];

  EXPECT_EQ(feed["issuer"].text(), "jcb-a");
  EXPECT_EQ(feed["state"].text(), "enabled");
  EXPECT_EQ(feed["phase"].text(), "idle");
  EXPECT_EQ(feed["circuit"].text(), "closed");
  EXPECT_EQ(feed["entries"].integer(), 3);
  EXPECT_EQ(feed["pending"].integer(), 0);
  EXPECT_EQ(feed["through"].integer(), 7);
  EXPECT_EQ(feed["accepted_through"].integer(), 7);
  EXPECT_EQ(feed["applied_through"].integer(), 0);
  EXPECT_EQ(feed["digest"].text(), kSum);
  EXPECT_EQ(feed["issuer_digest"].text(), kSum);
  EXPECT_EQ(feed["digest_equal"].boolean(), true);
  EXPECT_EQ(feed["failures"].integer(), 0);
  EXPECT_TRUE(feed["last_error"].is_null());
  EXPECT_EQ(feed["oldest_undelivered_seconds"].integer(), 0);
  EXPECT_TRUE(feed["set_by"].is_null());
  EXPECT_TRUE(feed["next_attempt_at"].is_null());
  EXPECT_EQ(feed["rewinds"].integer(), 0);
  EXPECT_EQ(feed["coalesced"].integer(), 0);
  EXPECT_EQ(feed["set_aside_newest"][std::size_t{0}]["seq"].integer(), 5);
  EXPECT_EQ(to_json(std::vector<FeedStatus>{}), "[]");
}

TEST(FeedStatus, JsonTellsWhoHoldsAFeedAndWhenItIsTriedAgain) {
  auto status = delivery();
  status.state.state = codec::FeedStatus::kPaused;
  status.state.set_by = codec::FeedSetBy::kUs;
  status.state.by = "ops-a";
  status.state.reason = "a move";
  status.next_attempt_at = kNow;
  const auto document = codec::JsonDocument::parse(to_json(feed_status(status, figures(), kNow)));
  const auto feed = document.value().root();
  EXPECT_EQ(feed["state"].text(), "paused");
  EXPECT_EQ(feed["set_by"].text(), "us");
  EXPECT_EQ(feed["by"].text(), "ops-a");
  EXPECT_EQ(feed["reason"].text(), "a move");
  EXPECT_EQ(feed["next_attempt_at"].text(), "2009-07-23T01:00:00.000Z");
}

TEST(NotifierConfig, DefaultsHoldAndBoundsAreChecked) {
  NotifierConfig config;
  config::Schema schema;
  declare(schema, config);
  const std::vector<std::string> needed = {"keys.vault_key_file=/k", "keys.secrets_dir=/s"};
  ASSERT_TRUE(schema.load({.sets = needed}));
  EXPECT_EQ(config.push.backoff_max, std::chrono::minutes{5});
  EXPECT_EQ(config.epoch, 1U);

  auto sets = needed;
  sets.emplace_back("push.batch_entries_max=0");
  EXPECT_EQ(schema.load({.sets = sets}).error().code, Errc::kConfigValue);
  EXPECT_EQ(schema.load({.sets = {"push.backof_base=1s"}}).error().code, Errc::kConfigUnknownKey);
}

TEST(NotifierConfig, TheVaultKeyIsRequired) {
  NotifierConfig config;
  config::Schema schema;
  declare(schema, config);
  EXPECT_EQ(schema.load({}).error().code, Errc::kConfigMissing);
}

}  // namespace
}  // namespace cw::notifier
