#include "matcher/mirror/partition_mirror.hpp"

#include "matcher/mirror/card_page.hpp"
#include "memory_state.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace cw::matcher {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Instant kNow = parse_instant("2009-07-23T01:00:00.000Z").value();

CardRef card(std::uint32_t number, std::uint8_t first = 0x35) {
  CardRef ref;
  ref.bytes[0] = first;
  for (std::size_t i = 0; i < 4; ++i) {
    ref.bytes[1 + i] = static_cast<std::uint8_t>(number >> (8U * i));
  }
  return ref;
}

CardRef random_card(std::mt19937& random) {
  return card(static_cast<std::uint32_t>(random() % 3'000),
              static_cast<std::uint8_t>(random() % 256));
}

MirrorOptions options_at(const std::filesystem::path& folder) {
  MirrorOptions options;
  options.folder = folder;
  options.format = 7;
  options.rules = 3;
  options.partitions = 4;
  options.origin = "t./matcher/0";
  return options;
}

std::unique_ptr<PartitionMirror> open(const MirrorOptions& options, Instant now = kNow) {
  auto opened = PartitionMirror::open(options, now);
  EXPECT_TRUE(opened) << opened.error().detail;
  return std::move(opened).value();
}

StatePositions at(std::int64_t offset) {
  return {{"exposures.v1", offset}, {"reports.v1", offset * 2}};
}

MemoryState sample() {
  MemoryState state;
  state.symbols = {"jcb-a", "alico-2009", ""};
  state.controls = {{0, "{}"}, {5, R"({"kind":"issuer"})"}};
  for (std::uint32_t i = 0; i < 500; ++i) {
    state.set(card(i, static_cast<std::uint8_t>(i)), std::string(i, 'b'));
  }
  return state;
}

/// Opens, expects a usable state and returns it.
MemoryState reload(const MirrorOptions& options) {
  auto mirror = open(options);
  EXPECT_EQ(mirror->found(), MirrorFound::kUsable) << mirror->found_detail();
  MemoryState state;
  EXPECT_TRUE(mirror->load(state));
  return state;
}

/// A closed mirror of sample().
void make_mirror(const MirrorOptions& options, Instant now = kNow) {
  auto state = sample();
  auto mirror = open(options, now);
  ASSERT_TRUE(mirror->save_durably(state, at(1), now));
  ASSERT_TRUE(mirror->close());
}

TEST(PartitionMirror, StartsFresh) {
  const test::TempDir dir;
  const auto mirror = open(options_at(dir / "0"));
  EXPECT_EQ(mirror->found(), MirrorFound::kFresh);
  EXPECT_TRUE(mirror->positions().empty());
}

TEST(PartitionMirror, WhatWasSavedIsLoadedWithItsPositions) {
  const test::TempDir dir;
  make_mirror(options_at(dir / "0"));
  auto mirror = open(options_at(dir / "0"));
  EXPECT_EQ(mirror->positions(), at(1));
  MemoryState state;
  const Status loaded = mirror->load(state);
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_TRUE(state == sample());
  EXPECT_NEAR(static_cast<double>(state.expected), 500, 100);
}

TEST(PartitionMirror, AStateWithoutCardsIsAState) {
  const test::TempDir dir;
  MemoryState none;
  auto mirror = open(options_at(dir / "0"));
  ASSERT_TRUE(mirror->save_durably(none, at(9), kNow));
  ASSERT_TRUE(mirror->close());
  EXPECT_TRUE(reload(options_at(dir / "0")) == none);
}

TEST(PartitionMirror, ChangesGatheredOverSavesAndErasedCardsAreFound) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const test::TempDir dir;
  auto state = sample();
  auto mirror = open(options_at(dir / "0"));
  for (int save = 1; save <= 27; ++save) {
    for (int i = 0; i < 300; ++i) {
      const CardRef ref = random_card(random);
      random() % 4 == 0 ? state.erase(ref) : state.set(ref, std::string(random() % 300, 'x'));
    }
    state.symbols.push_back("member-" + std::to_string(save));
    state.controls[static_cast<std::uint32_t>(10 + save)] = "{}";
    ASSERT_TRUE(mirror->save(state, at(save), kNow));
    if (save % 13 == 0) {
      ASSERT_TRUE(mirror->close());
      mirror = open(options_at(dir / "0"));
      EXPECT_EQ(mirror->positions(), at(save));
      MemoryState loaded;
      ASSERT_TRUE(mirror->load(loaded));
      ASSERT_TRUE(loaded == state) << "after save " << save;
      state = loaded;
    }
  }
}

TEST(PartitionMirror, ACrashLeavesAnOlderMomentWhosePositionsFit) {
  const test::TempDir dir;
  MemoryState state;
  std::vector<MemoryState> moments;
  auto options = options_at(dir / "0");
  options.store.write_buffer_bytes = std::size_t{64} << 10U;
  auto mirror = open(options);
  for (std::uint32_t save = 0; save < 20; ++save) {
    for (std::uint32_t i = 0; i < 100; ++i) {
      state.set(card(i, static_cast<std::uint8_t>(save * 7 + i)), std::string(50 + save, 'x'));
    }
    moments.push_back(state);
    ASSERT_TRUE(mirror->save(state, at(save), kNow));
  }
  mirror.reset();  // Without close(), as a crash: what is in memory only is lost.
  mirror = open(options);
  ASSERT_EQ(mirror->found(), MirrorFound::kUsable);
  const auto moment = static_cast<std::size_t>(mirror->positions().front().offset);
  ASSERT_LT(moment, moments.size());
  EXPECT_EQ(mirror->positions(), at(static_cast<std::int64_t>(moment)));
  MemoryState loaded;
  ASSERT_TRUE(mirror->load(loaded));
  EXPECT_TRUE(loaded == moments[moment]);
}

TEST(PartitionMirror, ASaveOfSeveralBatchesIsWholeToo) {
  const test::TempDir dir;
  auto options = options_at(dir / "0");
  options.batch_bytes = 4'096;
  make_mirror(options);
  EXPECT_TRUE(reload(options) == sample());
}

/// A state whose saving dies half way.
class Dying : public MemoryState {
 public:
  void everything(StateSink& sink) override {
    MemoryState::everything(sink);
    throw std::runtime_error("power cut");
  }
};

TEST(PartitionMirror, ASaveOfSeveralBatchesThatDidNotEndIsRefused) {
  const test::TempDir dir;
  auto options = options_at(dir / "0");
  options.batch_bytes = 4'096;
  {
    Dying state;
    state.cards = sample().cards;
    auto mirror = open(options);
    EXPECT_THROW(static_cast<void>(mirror->save(state, at(1), kNow)), std::runtime_error);
    ASSERT_TRUE(mirror->close());
  }
  EXPECT_EQ(open(options)->found(), MirrorFound::kRefusedUnfinished);
  EXPECT_EQ(open(options)->found(), MirrorFound::kFresh);
}

struct Refusal {
  const char* about;
  void (*change)(MirrorOptions&);
  MirrorFound found;
};

TEST(PartitionMirror, StatesOfAnotherKindAreRefusedAndGone) {
  const std::vector<Refusal> refusals = {
      {"format", [](MirrorOptions& o) { ++o.format; }, MirrorFound::kRefusedFormat},
      {"rules", [](MirrorOptions& o) { ++o.rules; }, MirrorFound::kRefusedRules},
      {"rules", [](MirrorOptions& o) { --o.rules; }, MirrorFound::kRefusedRules},
      {"partitions", [](MirrorOptions& o) { o.partitions = 8; }, MirrorFound::kRefusedOrigin},
      {"t./matcher/1",
       [](MirrorOptions& o) { o.origin = "t./matcher/1"; },
       MirrorFound::kRefusedOrigin},
  };
  for (const Refusal& refusal : refusals) {
    const test::TempDir dir;
    auto options = options_at(dir / "0");
    make_mirror(options);
    refusal.change(options);
    {
      auto mirror = open(options);
      EXPECT_EQ(mirror->found(), refusal.found) << refusal.about;
      EXPECT_NE(mirror->found_detail().find(refusal.about), std::string::npos);
      EXPECT_TRUE(mirror->positions().empty());
      auto state = sample();
      ASSERT_TRUE(mirror->save_durably(state, at(2), kNow));
    }
    EXPECT_TRUE(reload(options) == sample()) << "rebuilt after " << refusal.about;
  }
}

TEST(PartitionMirror, AStampBeyondTheToleranceIsRefused) {
  const test::TempDir dir;
  auto options = options_at(dir / "0");
  make_mirror(options, kNow + seconds(200));
  EXPECT_EQ(open(options)->found(), MirrorFound::kUsable);
  make_mirror(options, kNow + hours(2));
  const auto mirror = open(options);
  EXPECT_EQ(mirror->found(), MirrorFound::kRefusedFuture);
  EXPECT_EQ(mirror->found_detail(),
            "saved at 2009-07-23T03:00:00.000Z, now is 2009-07-23T01:00:00.000Z");
}

/// Flips a byte in the middle of the largest file of that kind.
void damage(const std::filesystem::path& folder, std::string_view extension) {
  std::filesystem::path victim;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != extension) continue;
    if (victim.empty() || entry.file_size() > std::filesystem::file_size(victim)) {
      victim = entry.path();
    }
  }
  std::fstream file(victim, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(victim) / 2);
  file.seekg(middle);
  const char old = static_cast<char>(file.get());
  file.seekp(middle);
  file.put(static_cast<char>(old ^ 0x10));
  ASSERT_TRUE(file.good());
}

TEST(PartitionMirror, ADamagedBlockIsRefusedWhenOpenedOrLoaded) {
  const test::TempDir dir;
  make_mirror(options_at(dir / "0"));
  damage(dir / "0", ".sst");
  auto mirror = open(options_at(dir / "0"));
  if (mirror->found() == MirrorFound::kUsable) {
    MemoryState state;
    const Status loaded = mirror->load(state);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::kStoreCorrupt);
    EXPECT_TRUE(mirror->positions().empty());
  } else {
    EXPECT_EQ(mirror->found(), MirrorFound::kRefusedCorrupt);
  }
  auto state = sample();
  ASSERT_TRUE(mirror->save_durably(state, at(3), kNow));
  ASSERT_TRUE(mirror->close());
  EXPECT_TRUE(reload(options_at(dir / "0")) == sample());
}

TEST(PartitionMirror, AMissingFileIsRefused) {
  const test::TempDir dir;
  make_mirror(options_at(dir / "0"));
  for (const auto& entry : std::filesystem::directory_iterator(dir / "0")) {
    if (entry.path().extension() == ".sst") std::filesystem::remove(entry.path());
  }
  const auto mirror = open(options_at(dir / "0"));
  EXPECT_EQ(mirror->found(), MirrorFound::kRefusedCorrupt);
  EXPECT_FALSE(mirror->found_detail().empty());
}

TEST(PartitionMirror, BytesThatTheEngineDoesNotKnowAreCorruption) {
  const test::TempDir dir;
  auto state = sample();
  state.set(card(1, 0xFF), "unknown");
  auto mirror = open(options_at(dir / "0"));
  ASSERT_TRUE(mirror->save_durably(state, at(1), kNow));
  MemoryState loaded;
  const Status status = mirror->load(loaded);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kStoreCorrupt);
  EXPECT_EQ(open(options_at(dir / "1"))->found(), MirrorFound::kFresh);
}

TEST(PartitionMirror, ASecondOwnerIsRefused) {
  const test::TempDir dir;
  const auto mirror = open(options_at(dir / "0"));
  const auto second = PartitionMirror::open(options_at(dir / "0"), kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kStoreLocked);
}

TEST(PartitionMirror, ResetForgetsAndTheNextSaveWritesEverything) {
  const test::TempDir dir;
  auto state = sample();
  auto mirror = open(options_at(dir / "0"));
  ASSERT_TRUE(mirror->save_durably(state, at(1), kNow));
  ASSERT_TRUE(mirror->reset());
  EXPECT_TRUE(mirror->positions().empty());
  ASSERT_TRUE(mirror->save_durably(state, at(2), kNow));
  ASSERT_TRUE(mirror->close());
  EXPECT_TRUE(reload(options_at(dir / "0")) == sample());
}

TEST(PartitionMirror, IsDueAfterTheIntervalOrMuchChange) {
  const test::TempDir dir;
  auto options = options_at(dir / "0");
  options.save_interval = seconds(10);
  options.save_cards = 1'000;
  const auto mirror = open(options);
  const auto start = PartitionMirror::Steady::now();
  EXPECT_FALSE(mirror->due(999, start));
  EXPECT_TRUE(mirror->due(1'000, start));
  EXPECT_TRUE(mirror->due(0, start + seconds(11)));
}

TEST(PartitionMirror, RestsAfterASaveHoweverMuchChanges) {
  const test::TempDir dir;
  auto options = options_at(dir / "0");
  options.save_cards = 1;
  const auto mirror = open(options);
  auto state = sample();
  ASSERT_TRUE(mirror->save_durably(state, at(1), kNow));
  const auto end = PartitionMirror::Steady::now();
  EXPECT_FALSE(mirror->due(1'000, end - std::chrono::hours{1}));
  EXPECT_TRUE(mirror->due(1'000, end + std::chrono::hours{1}));
}

TEST(PartitionMirror, NamesOfWhatWasFoundDiffer) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(MirrorFound::kRefusedCorrupt); ++i) {
    EXPECT_TRUE(names.insert(name(static_cast<MirrorFound>(i))).second);
  }
}

TEST(CardPage, JoiningInAnyGroupingGivesTheSame) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const CardPageMerger merger;
  for (int round = 0; round < 200; ++round) {
    std::map<CardRef, std::string> expected;
    std::vector<std::string> pieces;
    for (int piece = 0; piece < 5; ++piece) {
      std::map<CardRef, std::string> records;
      for (int i = 0; i < 10; ++i)
        records[card(static_cast<std::uint32_t>(random() % 30))] = std::string(random() % 200, 'x');
      std::string bytes;
      for (const auto& [ref, blob] : records) {
        blob.empty() ? append_erased(bytes, ref) : append_card(bytes, ref, blob);
        blob.empty() ? static_cast<void>(expected.erase(ref)) : void(expected[ref] = blob);
      }
      pieces.push_back(bytes);
    }
    std::string all;
    for (const auto& [ref, blob] : expected) append_card(all, ref, blob);
    const std::size_t from = random() % 4;
    std::string part;
    ASSERT_TRUE(merger.join(
        std::vector<std::string_view>{pieces[from], pieces[from + 1]}, from == 0, part));
    std::vector<std::string_view> grouped(pieces.begin(), pieces.end());
    grouped[from] = part;
    grouped.erase(grouped.begin() + static_cast<std::ptrdiff_t>(from) + 1);
    std::string joined;
    ASSERT_TRUE(merger.join(grouped, true, joined));
    EXPECT_EQ(joined, all);
  }
}

TEST(CardPage, BytesThatAreNoPageAreNotJoined) {
  const CardPageMerger merger;
  std::string page;
  append_card(page, card(2), std::string(200, 'x'));
  std::string joined;
  for (std::size_t cut = 1; cut < page.size(); ++cut) {
    const std::string_view piece(page.data(), cut);
    EXPECT_FALSE(merger.join(std::vector<std::string_view>{piece}, true, joined)) << cut;
  }
  append_card(page, card(1), "out of order");
  EXPECT_FALSE(merger.join(std::vector<std::string_view>{page}, true, joined));
  const std::string endless = std::string(16, 'r') + std::string(10, '\xFF');
  EXPECT_FALSE(merger.join(std::vector<std::string_view>{endless}, true, joined));
}

}  // namespace
}  // namespace cw::matcher
