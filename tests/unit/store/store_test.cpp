#include "lib/store/key_value_store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace cw::store {
namespace {

using Content = std::map<std::string, std::string>;

std::unique_ptr<KeyValueStore> open_at(const std::filesystem::path& folder,
                                       const Options& options = {}) {
  auto opened = KeyValueStore::open(folder, options);
  EXPECT_TRUE(opened) << opened.error().detail;
  return std::move(opened).value();
}

Content all(const KeyValueStore& store, std::string_view prefix = "") {
  Content content;
  EXPECT_TRUE(store.scan(prefix, [&](std::string_view key, std::string_view value) {
    content.emplace(key, value);
    return true;
  }));
  return content;
}

void put(KeyValueStore& store, const std::string& key, const std::string& value) {
  Batch batch;
  batch.put(key, value);
  ASSERT_TRUE(store.write(batch));
}

/// Joins pieces as text; "!" forgets what came before it.
class Concatenation : public Merger {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "test.concatenation"; }
  [[nodiscard]] bool join(std::span<const std::string_view> pieces,
                          bool whole,
                          std::string& joined) const override {
    for (const std::string_view piece : pieces) {
      if (piece == "?") return false;
      if (piece.starts_with('!')) joined = whole ? "" : "!";
      joined += piece.starts_with('!') ? piece.substr(1) : piece;
    }
    return true;
  }
};

Options merging() {
  Options options;
  options.merger = std::make_shared<Concatenation>();
  return options;
}

TEST(Store, WhatWasClosedIsThereAgain) {
  const test::TempDir dir;
  {
    auto store = open_at(dir / "a" / "b");
    put(*store, "k1", "v1");
    put(*store, "k2", std::string(1'000'000, 'x'));
    ASSERT_TRUE(store->close());
  }
  auto store = open_at(dir / "a" / "b");
  EXPECT_EQ(store->get("k1").value(), "v1");
  EXPECT_EQ(store->get("k2").value()->size(), 1'000'000U);
  EXPECT_FALSE(store->get("k3").value().has_value());
}

TEST(Store, TheFolderIsItsOwnersOnly) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  EXPECT_EQ(std::filesystem::status(dir / "s").permissions(), std::filesystem::perms::owner_all);
}

TEST(Store, ABatchIsClearedWhenItWasWritten) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.put("k", "v");
  EXPECT_FALSE(batch.empty());
  EXPECT_GT(batch.bytes(), 2U);
  ASSERT_TRUE(store->write(batch));
  EXPECT_TRUE(batch.empty());
}

TEST(Store, ScanIsInOrderAndKeepsToThePrefix) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  for (const std::string key : {"b", "a\xFF\xFF", "a\x01", "a", "\xFF\xFF", "\xFF"}) {
    put(*store, key, key);
  }
  EXPECT_EQ(all(*store, "a").size(), 3U);
  EXPECT_EQ(all(*store, "\xFF").size(), 2U);
  EXPECT_EQ(all(*store, "c").size(), 0U);
  std::vector<std::string> order;
  ASSERT_TRUE(store->scan("", [&](std::string_view key, std::string_view) {
    order.emplace_back(key);
    return order.size() < 5;
  }));
  EXPECT_EQ(order, (std::vector<std::string>{"a", "a\x01", "a\xFF\xFF", "b", "\xFF"}));
}

TEST(Store, AScanSeesTheMomentOfItsBeginning) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  put(*store, "a", "1");
  put(*store, "b", "1");
  std::size_t seen = 0;
  ASSERT_TRUE(store->scan("", [&](std::string_view, std::string_view value) {
    EXPECT_EQ(value, "1");
    put(*store, "b", "2");
    put(*store, "c", "2");
    ++seen;
    return true;
  }));
  EXPECT_EQ(seen, 2U);
  EXPECT_EQ(store->get("b").value(), "2");
}

TEST(Store, EqualsAMapAfterRandomBatches) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const test::TempDir dir;
  Options options;
  options.write_buffer_bytes = std::size_t{64} << 10U;
  auto store = open_at(dir / "s", options);
  Content expected;
  for (int round = 0; round < 300; ++round) {
    Batch batch;
    for (int i = 0; i < 50; ++i) {
      const std::string key = std::to_string(random() % 500);
      if (random() % 3 == 0) {
        batch.erase(key);
        expected.erase(key);
      } else {
        const std::string value(random() % 200, static_cast<char>('a' + random() % 26));
        batch.put(key, value);
        expected[key] = value;
      }
    }
    ASSERT_TRUE(store->write(batch));
    if (random() % 20 == 0) {
      ASSERT_TRUE(store->close());
      store = open_at(dir / "s", options);
    }
  }
  EXPECT_EQ(all(*store), expected);
}

TEST(Store, PiecesAreReadJoinedBeforeAndAfterGoingToDisk) {
  const test::TempDir dir;
  auto store = open_at(dir / "s", merging());
  for (const std::string piece : {"a", "b", "!c", "d"}) {
    Batch batch;
    batch.merge("k", piece);
    batch.merge("l", piece);
    ASSERT_TRUE(store->write(batch));
    if (piece == "b") {
      EXPECT_EQ(all(*store), (Content{{"k", "ab"}, {"l", "ab"}}));
      EXPECT_EQ(store->get("k").value(), "ab");
      ASSERT_TRUE(store->flush());
    }
  }
  EXPECT_EQ(store->get("k").value(), "cd");
  ASSERT_TRUE(store->close());
  store = open_at(dir / "s", merging());
  EXPECT_EQ(all(*store), (Content{{"k", "cd"}, {"l", "cd"}}));
}

TEST(Store, PiecesThatCannotBeJoinedAreCorruption) {
  const test::TempDir dir;
  auto store = open_at(dir / "s", merging());
  Batch batch;
  batch.merge("k", "?");
  ASSERT_TRUE(store->write(batch));
  const auto got = store->get("k");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::kStoreCorrupt);
}

TEST(Store, DestroyLeavesNothingAndMayBeRepeated) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  put(*store, "k", "v");
  ASSERT_TRUE(store->close());
  store.reset();
  ASSERT_TRUE(KeyValueStore::destroy(dir / "s"));
  EXPECT_FALSE(std::filesystem::exists(dir / "s"));
  ASSERT_TRUE(KeyValueStore::destroy(dir / "s"));
  EXPECT_TRUE(all(*open_at(dir / "s")).empty());
}

TEST(Store, TellsItsSizes) {
  const test::TempDir dir;
  auto store = open_at(dir / "s");
  Batch batch;
  for (int i = 0; i < 1000; ++i) batch.put(std::to_string(i), std::string(100, 'v'));
  ASSERT_TRUE(store->write(batch));
  EXPECT_GT(store->sizes().memory_bytes, 100'000U);
  ASSERT_TRUE(store->flush());
  EXPECT_GT(store->sizes().disk_bytes, 1'000U);
  EXPECT_GT(store->sizes().keys, 500U);
  EXPECT_FALSE(store->busy());
  EXPECT_TRUE(store->health());
}

}  // namespace
}  // namespace cw::store
