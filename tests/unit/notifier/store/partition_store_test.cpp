#include "notifier/store/partition_store.hpp"

#include "../feed_samples.hpp"
#include "lib/codec/watch_codec.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <unistd.h>

namespace cw::notifier {
namespace {

using namespace test;
using namespace std::chrono_literals;

class PartitionStoreTest : public testing::Test {
 protected:
  using Opened = std::unique_ptr<PartitionStore>;

  [[nodiscard]] PartitionStoreOptions options() const {
    return {.folder = dir_ / "0", .origin = "watchlist/4/0"};
  }
  static Opened open(PartitionStoreOptions options,
                     Instant at = now(),
                     std::optional<std::int64_t> end = {}) {
    auto opened = PartitionStore::open(0, std::move(options), at, end);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(opened).value();
  }
  Opened open() const { return open(options()); }

  static void write(PartitionStore& store, std::int64_t offset, const WatchChange& change) {
    const std::string value = codec::encode(change);
    const WatchRecord record{.offset = offset, .timestamp_ms = 1000, .value = value};
    ASSERT_TRUE(store.apply(std::span{&record, 1}, {}));
  }
  /// Three entries, of which one is delivered, kept in order.
  void fill() {
    const auto store = open();
    for (std::int64_t i = 0; i < 3; ++i) write(*store, i, change(static_cast<std::uint64_t>(i)));
    const auto feed = store->feed(kIssuer).value();
    const auto first = feed->next(1).entries.front();
    const DeliveredEntry delivered{first.card, 1, crypto::sha256("1"), 7};
    feed->advance(1, std::span{&delivered, 1});
    ASSERT_TRUE(store->close());
  }
  void expect_refused(const PartitionStore& store, StoreFound found) {
    EXPECT_EQ(store.found(), found) << name(store.found()) << " " << store.found_detail();
    EXPECT_FALSE(store.found_detail().empty());
    EXPECT_EQ(store.next_offset(), 0);
    EXPECT_TRUE(store.feeds().empty());
  }

  cw::test::TempDir dir_;
};

TEST_F(PartitionStoreTest, ARestartGoesOnWhereItStood) {
  fill();
  const auto store = open();

  EXPECT_EQ(store->found(), StoreFound::kUsable);
  EXPECT_EQ(store->next_offset(), 3);
  ASSERT_EQ(store->feeds().size(), 1U);
  const auto feed = store->feeds().front();
  ASSERT_TRUE(feed->begin(1));
  EXPECT_EQ(feed->figures().pending, 2U);
  EXPECT_EQ(feed->figures().entries, 3U);
  EXPECT_EQ(feed->next(1).entries[0].entry.seq, 2U);
}

TEST_F(PartitionStoreTest, TheDeliveredHashesSurviveARestart) {
  fill();
  const auto store = open();
  const auto feed = store->feeds().front();
  ASSERT_TRUE(feed->begin(1));
  const auto rest = feed->next(10).entries;
  const std::vector<DeliveredEntry> delivered = {{rest[0].card, 2, crypto::sha256("2"), 7},
                                                 {rest[1].card, 3, crypto::sha256("3"), 8}};
  feed->advance(3, delivered);

  const auto digests = feed->digests();
  ASSERT_TRUE(digests);
  EXPECT_EQ(digests->buckets.bucket(7).count(), 2);
  EXPECT_EQ(digests->buckets.bucket(8).count(), 1);
}

TEST_F(PartitionStoreTest, WhatWasSetAsideSurvivesARestart) {
  fill();
  {
    const auto store = open();
    const SetAsideMark mark{2, "UNKNOWN_CARD"};
    store->feeds().front()->advance(3, {}, std::span{&mark, 1});
    ASSERT_TRUE(store->close());
  }
  const auto store = open();
  const auto feed = store->feeds().front();
  ASSERT_TRUE(feed->begin(3));
  const auto aside = feed->set_aside(10);
  ASSERT_EQ(aside.size(), 2U);
  EXPECT_EQ(aside[0].mark.code, "UNKNOWN_CARD");
  EXPECT_EQ(aside[0].entry.card, card(1));
  EXPECT_EQ(aside[0].entry.entry.seq, 2U);
  EXPECT_EQ(aside[1].mark.code, "REMOTE_REFUSED");
  EXPECT_EQ(feed->digests()->buckets.total().count(), 1);

  EXPECT_EQ(feed->retry_set_aside(), 2U);
  EXPECT_EQ(feed->figures().pending, 2U);
  EXPECT_TRUE(feed->set_aside(10).empty());
}

TEST_F(PartitionStoreTest, ACrashLeavesAnOlderStateThatFits) {
  fill();
  {
    const auto store = open();
    write(*store, 3, change(7));
    ASSERT_TRUE(store->close(/*keep=*/false));
  }
  const auto store = open();

  EXPECT_EQ(store->next_offset(), 3);
  EXPECT_EQ(store->feeds().front()->figures().newest, 3U);
}

TEST_F(PartitionStoreTest, AnotherTopicOrNumberOfPartitionsIsRefused) {
  fill();
  auto other = options();
  other.origin = "watchlist/8/0";
  const auto store = open(other);
  expect_refused(*store, StoreFound::kRefusedOrigin);
  ASSERT_TRUE(store->close());
  EXPECT_EQ(open(other)->found(), StoreFound::kUsable) << "it was begun anew";
}

TEST_F(PartitionStoreTest, AnotherEpochIsRefused) {
  fill();
  auto other = options();
  other.epoch = 2;
  expect_refused(*open(other), StoreFound::kRefusedEpoch);
}

TEST_F(PartitionStoreTest, AStoreFromTheFutureIsRefused) {
  fill();
  expect_refused(*open(options(), now() - 6min), StoreFound::kRefusedFuture);
}

TEST_F(PartitionStoreTest, AStoreThatIsBeyondItsTopicIsRefused) {
  fill();
  EXPECT_EQ(open(options(), now(), 3)->found(), StoreFound::kUsable);
  expect_refused(*open(options(), now(), 2), StoreFound::kRefusedFuture);
}

TEST_F(PartitionStoreTest, AnotherFormatIsRefused) {
  fill();
  {
    auto raw = store::KeyValueStore::open(dir_ / "0", {});
    ASSERT_TRUE(raw);
    store::Batch batch;
    std::string meta = *raw.value()->get("m").value();
    meta[7] = 99;
    batch.put("m", meta);
    ASSERT_TRUE(raw.value()->write(batch));
    ASSERT_TRUE(raw.value()->close());
  }
  expect_refused(*open(), StoreFound::kRefusedFormat);
}

TEST_F(PartitionStoreTest, ADamagedStoreIsRefusedAndBegunAnew) {
  fill();
  for (const auto& file : std::filesystem::directory_iterator(dir_ / "0")) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(40);
    bytes << "this was not written here";
  }
  const auto store = open();
  expect_refused(*store, StoreFound::kRefusedCorrupt);
  write(*store, 0, change(1));
  EXPECT_EQ(store->feeds().front()->figures().pending, 1U);
}

TEST_F(PartitionStoreTest, ASecondProcessOfTheSameFolderIsRefused) {
  const auto store = open();
  const auto second = PartitionStore::open(0, options(), now());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kStoreLocked);
}

TEST_F(PartitionStoreTest, AnIssuerOfAnotherPartitionIsToldAndPassedOver) {
  auto only = options();
  only.belongs = [](const IssuerId& issuer) { return issuer != kIssuer; };
  const auto store = open(only);
  const std::string value = codec::encode(change(1));
  const WatchRecord record{.offset = 4, .value = value};
  std::optional<Errc> told;
  ASSERT_TRUE(store->apply(std::span{&record, 1},
                           [&](const WatchRecord&, const Error& error) { told = error.code; }));
  EXPECT_EQ(told, Errc::kConflict);
  EXPECT_EQ(store->next_offset(), 5);
}

TEST_F(PartitionStoreTest, AFeedWhosePartitionHasLeftDoesNothing) {
  fill();
  const auto store = open();
  const auto feed = store->feeds().front();
  ASSERT_TRUE(store->close());

  EXPECT_TRUE(feed->next(10).entries.empty());
  EXPECT_FALSE(feed->rewind(0));
  feed->advance(3, {});
  EXPECT_EQ(feed->figures().through, 1U);
  EXPECT_EQ(store->failure()->code, Errc::kUnavailable);
}

TEST_F(PartitionStoreTest, AnswersAreCountedByCardAndEndWithIt) {
  fill();
  const auto store = open();
  const auto feed = store->feeds().front();
  ASSERT_TRUE(feed->begin(1));

  EXPECT_EQ(feed->set_answer(1, "MONITORED", now()), change(0).entry.card);
  EXPECT_EQ(feed->set_answer(3, "BLOCKED", now()), std::nullopt) << "never sent";
  static_cast<void>(feed->next(10));
  EXPECT_EQ(feed->set_answer(3, "BLOCKED", now()), change(2).entry.card);
  EXPECT_EQ(feed->answers(),
            (std::map<std::string, std::uint64_t>{{"BLOCKED", 1}, {"MONITORED", 1}}));
  EXPECT_EQ(feed->set_answer(1, "BLOCKED", now()), change(0).entry.card);
  EXPECT_EQ(feed->answers(), (std::map<std::string, std::uint64_t>{{"BLOCKED", 2}}));
  write(*store, 3, change(0, FeedOp::kUpdt));
  EXPECT_EQ(feed->set_answer(1, "REISSUED", now()), change(0).entry.card)
      << "by the entry that it had, though a newer is there";
  write(*store, 4, change(0, FeedOp::kDelt));
  EXPECT_EQ(feed->answers(), (std::map<std::string, std::uint64_t>{{"BLOCKED", 1}}));
}

TEST_F(PartitionStoreTest, ASnapshotHoldsTheStateOfItsMomentWhileEntriesGoOn) {
  fill();
  const auto store = open();
  const auto feed = store->feeds().front();
  ASSERT_TRUE(feed->begin(1));
  std::vector<DeliveredEntry> hashed;
  for (const auto& [card, entry] : feed->unhashed(10, /*all=*/true)) {
    hashed.push_back({card, entry.seq, crypto::sha256(std::to_string(entry.seq)), 7});
  }
  ASSERT_EQ(hashed.size(), 2U) << "the first was delivered with its hash";
  feed->add_hashes(hashed);
  EXPECT_EQ(feed->bucket(7, 3, 10).entries.size(), 3U);

  write(*store, 3, change(2, FeedOp::kUpdt));
  write(*store, 4, change(1, FeedOp::kDelt));
  const auto then = feed->bucket(7, 3, 10).entries;
  ASSERT_EQ(then.size(), 3U);
  for (const auto& [card, entry] : then) EXPECT_LE(entry.seq, 3U);
  EXPECT_EQ(feed->bucket(7, 5, 10).entries.size(), 2U);
  ASSERT_TRUE(feed->accept(3));
  EXPECT_EQ(feed->figures().pending, 2U);
  EXPECT_EQ(feed->accept(2).error().code, Errc::kConflict);
  EXPECT_EQ(feed->accept(6).error().code, Errc::kConflict);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Goal: memory does not grow with the cards. Method: the process's memory after 100,000 cards and
// after 300,000, all of them delivered.
TEST_F(PartitionStoreTest, MemoryIsBoundedWhateverTheNumberOfCards) {
  const auto store = open();
  WatchChange entry = change(1);
  const auto grow = [&](std::uint64_t from, std::uint64_t to) {
    std::vector<std::string> values;
    std::vector<WatchRecord> records;
    for (std::uint64_t i = from; i < to; i += 1000) {
      values.clear();
      records.clear();
      for (std::uint64_t k = i; k < i + 1000; ++k) {
        entry.entry.card = card(k);
        values.push_back(codec::encode(entry));
      }
      for (std::uint64_t k = i; k < i + 1000; ++k) {
        records.push_back({.offset = static_cast<std::int64_t>(k), .value = values[k - i]});
      }
      ASSERT_TRUE(store->apply(records, {}));
      const auto feed = store->feeds().front();
      std::vector<DeliveredEntry> delivered;
      for (const auto& [ref, held] : feed->next(1000).entries) {
        delivered.push_back({ref, held.seq, crypto::sha256("x"), ref.bytes[0]});
      }
      feed->advance(i + 1000, delivered);
    }
  };
  grow(0, 100'000);
  const std::size_t before = resident_bytes();
  grow(100'000, 300'000);
  const std::size_t after = resident_bytes();
  std::cout << "resident MiB: " << (before >> 20U) << " -> " << (after >> 20U) << "\n";

  EXPECT_LT(after, before + (std::size_t{48} << 20U)) << "a record a card would be 80 MiB and more";
  const auto feed = store->feeds().front();
  EXPECT_FALSE(feed->figures().digest) << "not before all hashes are filed";
  while (feed->file_notes()) continue;
  EXPECT_EQ(feed->figures().digest->count, 300'000U);
}

}  // namespace
}  // namespace cw::notifier
