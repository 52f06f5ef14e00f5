#include "lib/store/key_value_store.hpp"
#include "store_numbers.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

namespace cw::store {
namespace {

namespace fs = std::filesystem;

/// The largest file of the store whose name ends so.
fs::path largest(const fs::path& folder, std::string_view extension) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != extension) continue;
    if (found.empty() || entry.file_size() > fs::file_size(found)) found = entry.path();
  }
  return found;
}

void flip_byte(const fs::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const char old = static_cast<char>(stream.get());
  stream.seekp(at);
  stream.put(static_cast<char>(old ^ 0x40));
  ASSERT_TRUE(stream.good());
}

/// A closed store with `batches` of write_numbers().
void make_store(const fs::path& folder, int batches) {
  auto store = KeyValueStore::open(folder, {});
  ASSERT_TRUE(store);
  ASSERT_TRUE(write_numbers(*store.value(), 0, batches));
  ASSERT_TRUE(store.value()->close());
}

TEST(StoreFaults, LaterFlushedIsDurableSoon) {
  const test::TempDir dir;
  auto store = KeyValueStore::open(dir / "s", {});
  ASSERT_TRUE(store);
  ASSERT_TRUE(write_numbers(*store.value(), 0, 10));
  ASSERT_TRUE(store.value()->flush_later());
  EXPECT_TRUE(test::wait_until([&] { return store.value()->sizes().disk_bytes > 0; }));
  store.value().reset();
  EXPECT_EQ(whole_batches(dir / "s"), 10);
}

TEST(StoreFaults, ASecondOpenerIsRefused) {
  const test::TempDir dir;
  auto store = KeyValueStore::open(dir / "s", {});
  ASSERT_TRUE(store);
  const auto second = KeyValueStore::open(dir / "s", {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kStoreLocked);
  const Status destroyed = KeyValueStore::destroy(dir / "s");
  ASSERT_FALSE(destroyed);
  EXPECT_EQ(destroyed.error().code, Errc::kStoreLocked);
}

TEST(StoreFaults, AFlippedByteInTheDataIsTold) {
  const test::TempDir dir;
  make_store(dir / "s", 100);
  flip_byte(largest(dir / "s", ".sst"), 100);
  auto store = KeyValueStore::open(dir / "s", {});
  ASSERT_TRUE(store);
  const Status scanned =
      store.value()->scan("", [](std::string_view, std::string_view) { return true; });
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code, Errc::kStoreCorrupt);
  const auto got = store.value()->get("last");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::kStoreCorrupt);
}

TEST(StoreFaults, MissingAndDamagedFilesAreTold) {
  for (const std::string_view name : {".sst", "MANIFEST"}) {
    const test::TempDir dir;
    make_store(dir / "s", 100);
    fs::path victim = largest(dir / "s", ".sst");
    if (name == "MANIFEST") {
      for (const auto& entry : fs::directory_iterator(dir / "s")) {
        if (entry.path().filename().string().starts_with(name)) victim = entry.path();
      }
      flip_byte(victim, 20);
    } else {
      fs::remove(victim);
    }
    const auto store = KeyValueStore::open(dir / "s", {});
    ASSERT_FALSE(store) << name;
    EXPECT_EQ(store.error().code, Errc::kStoreCorrupt) << store.error().detail;
    EXPECT_TRUE(KeyValueStore::destroy(dir / "s"));
  }
}

TEST(StoreFaults, AFolderThatCannotBeMadeIsAnInputOutputError) {
  const test::TempDir dir;
  dir.write("file", "x");
  const auto store = KeyValueStore::open(dir / "file" / "s", {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::kStoreIo);
}

}  // namespace
}  // namespace cw::store
