#include "notifier/feed_store.hpp"

#include "feed_samples.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/record.hpp"
#include "notifier/control_view.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using namespace test;

TEST(FeedStore, SeqIsTheOffsetPlusOne) {
  FeedStore store;
  const auto feed = write(store, 41, change(1));

  ASSERT_TRUE(feed) << feed.error().detail;
  ASSERT_EQ(feed.value()->next(10).entries.size(), 1U);
  EXPECT_EQ(feed.value()->next(10).entries[0].entry.seq, 42U);
}

TEST(FeedStore, EachIssuerHasAFeedOfItsOwn) {
  FeedStore store;
  auto other = change(2);
  other.entry.issuer = IssuerId{"visa-b"};
  ASSERT_TRUE(write(store, 1, change(1)));
  ASSERT_TRUE(write(store, 2, other));

  ASSERT_EQ(store.feeds().size(), 2U);
  EXPECT_EQ(store.feeds()[0]->issuer(), kIssuer);
  EXPECT_EQ(store.feeds()[0]->figures().pending, 1U);
  EXPECT_EQ(store.feeds()[1]->issuer(), IssuerId{"visa-b"});
}

TEST(FeedStore, AnEntryComesBackAsItWasWritten) {
  FeedStore store;
  const auto written = change(1, FeedOp::kUpdt, WatchLevel::kFraudReported);
  const auto feed = write(store, 1, written);
  const auto window = feed.value()->next(1);

  EXPECT_EQ(window.entries[0].entry.change(kIssuer, window.entries[0].card), written);
}

TEST(FeedStore, RubbishIsRefusedAndChangesNothing) {
  FeedStore store;

  EXPECT_EQ(store.apply({.value = "{"}).error().code, Errc::kJsonSyntax);
  EXPECT_EQ(store.apply({.value = R"({"v":2})"}).error().code, Errc::kSchemaVersion);
  EXPECT_TRUE(store.feeds().empty());
}

TEST(FeedStore, AnIssuerWhosePartitionIsElsewhereIsNotHere) {
  FeedStore store{FeedStoreOptions{.topic = "t"}};
  const auto home = kafka::partition_of(kIssuer.get(), 4);
  ASSERT_TRUE(store.open((home + 1) % 4, 4));
  EXPECT_EQ(store.home(kIssuer), home);
  EXPECT_EQ(store.feed(kIssuer).error().code, Errc::kFeedNotHere);

  ASSERT_TRUE(store.open(home, 4));
  EXPECT_TRUE(store.feed(kIssuer));
  ASSERT_TRUE(store.close(home));
  EXPECT_EQ(store.feed(kIssuer).error().code, Errc::kFeedNotHere);
  const WatchRecord record{.partition = home, .value = ""};
  EXPECT_EQ(store.apply(record).error().code, Errc::kFeedNotHere);
}

TEST(EntryCodec, EntriesShareWhatTheyHaveInCommon) {
  EntryCodec codec;
  const auto read = [&](const WatchChange& change) {
    return codec.read(1, EntryCodec::write(change, Instant{}))->entry;
  };
  const auto first = read(change(1));
  const auto second = read(change(2));
  const auto other = read(change(3, FeedOp::kUpdt, WatchLevel::kIdentified));

  EXPECT_EQ(first.reasons, second.reasons);
  EXPECT_EQ(first.file_key, second.file_key);
  EXPECT_NE(first.reasons, other.reasons);
}

TEST(EntryCodec, WhatIsNoEntryIsNotRead) {
  EntryCodec codec;
  const std::string whole = EntryCodec::write(change(1), Instant{});
  EXPECT_FALSE(codec.read(1, EntryCodec::strip(card(1))));
  EXPECT_FALSE(codec.read(1, ""));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(codec.read(1, whole.substr(0, size))) << size;
  }
  EXPECT_EQ(EntryCodec::card(EntryCodec::strip(card(1))), card(1));
}

TEST(InternPool, DropsWhatNobodyHoldsAnyMore) {
  InternPool<std::string> pool;
  const auto kept = pool.intern("kept", "kept");
  for (int i = 0; i < 10'000; ++i) {
    const auto text = std::to_string(i);
    static_cast<void>(pool.intern(text, text));
  }

  EXPECT_LT(pool.size(), 1000U);
  EXPECT_EQ(pool.intern("kept", "kept"), kept);
}

TEST(KeyRing, UnwrapsAKeyThatControlHasBrought) {
  KeyRing ring = keys().ring();

  EXPECT_EQ(ring.find(keys().data.id()).error().code, Errc::kNotFound);
  EXPECT_TRUE(ring.add(keys().data.id(), keys().wrapped));
  EXPECT_FALSE(ring.add(keys().data.id(), keys().wrapped)) << "known already";
  const auto key = ring.find(keys().data.id());
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key.value()->key().reveal(), keys().data.key().reveal());
}

TEST(KeyRing, RefusesWhatIsWrappedToAnotherVaultOrUnderAnotherName) {
  KeyRing ring{crypto::VaultPrivateKey{crypto::PrivateKey::generate(crypto::KeyType::kEcP256)}};
  ring.add(keys().data.id(), keys().wrapped);
  EXPECT_EQ(ring.find(keys().data.id()).error().code, Errc::kDecryptFailed);

  KeyRing right = keys().ring();
  right.add("fk-other", keys().wrapped);
  EXPECT_EQ(right.find("fk-other").error().code, Errc::kKeyMismatch);
}

class ControlViewTest : public testing::Test {
 protected:
  ControlView::Changes apply(const ControlRecord& record) {
    return view.apply(codec::encode(record)).value();
  }

  KeyRing ring = keys().ring();
  ControlView view{ring};
};

TEST_F(ControlViewTest, TellsOfNewAndChangedSettingsOnly) {
  const auto first = issuer_record(1, settings("https://localhost/feeds/jcb-a"));
  EXPECT_EQ(apply(first).settings_of, kIssuer);
  EXPECT_EQ(apply(first).settings_of, std::nullopt) << "a repeat";
  auto renamed = issuer_record(2, first.feed);
  renamed.name = "another name";
  EXPECT_EQ(apply(renamed).settings_of, std::nullopt);
  EXPECT_EQ(apply(issuer_record(3, settings("https://localhost/elsewhere"))).settings_of, kIssuer);
  EXPECT_EQ(view.settings(kIssuer).feed->url, "https://localhost/elsewhere");
  EXPECT_EQ(apply(issuer_record(4, {})).settings_of, kIssuer);
  EXPECT_EQ(view.settings(kIssuer).feed, std::nullopt);
  EXPECT_EQ(view.issuers(), std::vector{kIssuer});
}

TEST_F(ControlViewTest, AnUnknownIssuerAndTheUnassignedHaveNoEndpoint) {
  EXPECT_EQ(view.settings(kIssuer).feed, std::nullopt);
  auto unassigned = issuer_record(1, settings("https://localhost/"));
  unassigned.id = kUnassignedIssuer;
  apply(unassigned);
  EXPECT_EQ(view.settings(kUnassignedIssuer).feed, std::nullopt);
}

TEST_F(ControlViewTest, HandsDataKeysToTheRing) {
  EXPECT_TRUE(apply(file_load()).keys);
  EXPECT_FALSE(apply(file_load()).keys);
  EXPECT_TRUE(ring.find(keys().data.id()));
}

TEST_F(ControlViewTest, RubbishIsRefused) {
  EXPECT_EQ(view.apply("{").error().code, Errc::kJsonSyntax);
}

}  // namespace
}  // namespace cw::notifier
