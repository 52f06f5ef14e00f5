#include "lib/domain/control.hpp"
#include "lib/domain/control_order.hpp"

#include <gtest/gtest.h>

namespace cw {
namespace {

Instant at(const char* text) {
  return parse_instant(text).value();
}

FeedSettings two_keys() {
  return {.url = "https://issuer.example/",
          .encryption_key = "",
          .signing_secret = "",
          .encryption_keys = {{.jwk = "new", .not_before = at("2009-09-01T00:00:00Z")},
                              {.jwk = "old", .not_after = at("2009-10-01T00:00:00Z")}},
          .signing_secrets = {"a", "b"}};
}

TEST(FeedSettings, ASingleKeyAndSecretAreListsOfOne) {
  const FeedSettings single{
      .url = "https://issuer.example/", .encryption_key = "k", .signing_secret = "s"};
  EXPECT_EQ(single.keys(), std::vector<FeedKey>{{.jwk = "k"}});
  EXPECT_EQ(single.key_at(at("2009-09-01T00:00:00Z"))->jwk, "k");
  EXPECT_EQ(single.secrets(), std::vector<std::string>{"s"});
}

TEST(FeedSettings, WhileKeysOverlapTheNewestUsableOneIsTaken) {
  const FeedSettings feed = two_keys();
  EXPECT_EQ(feed.key_at(at("2009-08-31T23:59:59.999Z"))->jwk, "old");
  EXPECT_EQ(feed.key_at(at("2009-09-01T00:00:00Z"))->jwk, "new");
  EXPECT_EQ(feed.key_at(at("2009-10-01T00:00:00Z"))->jwk, "new");
  EXPECT_EQ(feed.secrets().size(), 2U);
}

TEST(FeedSettings, AKeyIsNotUsedOutOfItsTime) {
  FeedSettings feed = two_keys();
  feed.encryption_keys.erase(feed.encryption_keys.begin());
  EXPECT_TRUE(feed.key_at(at("2009-09-30T23:59:59.999Z")));
  EXPECT_FALSE(feed.key_at(at("2009-10-01T00:00:00Z")));
}

TEST(FeedSettings, OfKeysFromTheSameInstantTheLastIsTaken) {
  FeedSettings feed = two_keys();
  feed.encryption_keys.push_back({.jwk = "newer", .not_before = at("2009-09-01T00:00:00Z")});
  EXPECT_EQ(feed.key_at(at("2009-09-01T00:00:00Z"))->jwk, "newer");
}

TEST(FeedSettings, KeysEndWhenTheLastThatFollowsOnEnds) {
  FeedSettings feed = two_keys();
  const Instant now = at("2009-08-01T00:00:00Z");
  EXPECT_FALSE(feed.keys_end(now)) << "the new one has no end";
  feed.encryption_keys[0].not_after = at("2010-09-01T00:00:00Z");
  EXPECT_EQ(feed.keys_end(now), at("2010-09-01T00:00:00Z"));
  feed.encryption_keys[0].not_before = at("2009-10-02T00:00:00Z");
  EXPECT_EQ(feed.keys_end(now), at("2009-10-01T00:00:00Z")) << "a day without any key";
  EXPECT_EQ(feed.keys_end(at("2009-10-01T12:00:00Z")), at("2009-10-01T00:00:00Z"));
  feed.encryption_keys.pop_back();
  EXPECT_FALSE(feed.keys_end(now)) << "the only one has not begun";
}

TEST(FeedSettings, EveryMemberCountsInTheOrderOfRecords) {
  Issuer issuer;
  issuer.id = IssuerId{"jcb-a"};
  issuer.feed = two_keys();
  const auto changed = [&](auto change) {
    Issuer other = issuer;
    change(*other.feed);
    return canonical(other) != canonical(issuer);
  };
  EXPECT_FALSE(changed([](FeedSettings&) {}));
  EXPECT_TRUE(changed([](FeedSettings& feed) { feed.encryption_keys[0].jwk = "x"; }));
  EXPECT_TRUE(changed([](FeedSettings& feed) { feed.encryption_keys[0].not_before.reset(); }));
  EXPECT_TRUE(changed([](FeedSettings& feed) { feed.encryption_keys[1].not_after.reset(); }));
  EXPECT_TRUE(changed([](FeedSettings& feed) { feed.signing_secrets.pop_back(); }));
  EXPECT_TRUE(changed([](FeedSettings& feed) { feed.mode = FeedMode::kPull; }));
  EXPECT_TRUE(
      changed([](FeedSettings& feed) { feed.signature = FeedSignature::kHttpMessageSignatures; }));
}

}  // namespace
}  // namespace cw
