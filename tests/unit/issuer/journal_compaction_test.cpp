#include "issuer/journal_compaction.hpp"

#include "issuer/inbox.hpp"
#include "issuer/journal_keeper.hpp"
#include "support/temp_dir.hpp"
#include "support/test_pan.hpp"
#include "support/wait.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace cw::issuer {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kCards = 20;

class JournalCompactionTest : public testing::Test {
 protected:
  [[nodiscard]] Inbox::Options options(milliseconds apply_delay = milliseconds{0}) const {
    return {.journal = {.path = path_, .bytes_max = bytes_max_},
            .superseded_max = 2000,
            .tolerance = minutes{5},
            .apply_delay = apply_delay};
  }
  void open(milliseconds apply_delay = milliseconds{0}) {
    inbox_.reset();
    auto opened = Inbox::open(IssuerId{"card-a"}, sender_.receiver_keys(), options(apply_delay));
    ASSERT_TRUE(opened) << opened.error().detail;
    inbox_ = std::move(opened).value();
  }
  Result<Receipt> push(const codec::FeedBatchHead& head,
                       const std::vector<FeedSender::Entry>& entries,
                       Instant at = FeedSender::clock()) {
    const auto made = sender_.push(head, entries);
    return inbox_->accept(sender_.sign(made.id, made.body, at).push(), at);
  }
  /// The next batch: an update of one of kCards, in turn.
  Result<Receipt> push_next(Instant at = FeedSender::clock()) {
    const std::uint64_t next = through_ + 1;
    auto receipt = push(plain_head(through_, next), {{.seq = next, .card = next % kCards}}, at);
    if (receipt) through_ = next;
    return receipt;
  }
  void fill(std::uint64_t batches) {
    for (std::uint64_t i = 0; i < batches; ++i) ASSERT_TRUE(push_next());
  }
  struct State {
    std::uint64_t entries = 0;
    std::uint32_t epoch = 0;
    std::uint64_t through = 0;
    std::uint64_t applied = 0;
    std::string digest;

    friend bool operator==(const State&, const State&) = default;
  };
  [[nodiscard]] State state() const {
    const InboxFigures figures = inbox_->figures();
    return {.entries = figures.entries,
            .epoch = figures.epoch,
            .through = figures.through,
            .applied = figures.applied_through,
            .digest = figures.digest};
  }
  [[nodiscard]] std::uint64_t bytes() const { return inbox_->figures().journal_bytes; }
  [[nodiscard]] bool leftover() const { return std::filesystem::exists(compaction_path(path_)); }

  FeedSender sender_;
  test::TempDir dir_;
  std::string path_ = (dir_ / "card-a.journal").string();
  std::uint64_t bytes_max_ = 1U << 24U;
  std::unique_ptr<Inbox> inbox_;
  std::uint64_t through_ = 0;
};

TEST_F(JournalCompactionTest, WhatWasSupersededIsNotKept) {
  open();
  fill(10 * kCards);
  const State before = state();

  const auto done = inbox_->compact();

  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_LT(done.value().bytes_after * 5, done.value().bytes_before);
  EXPECT_EQ(done.value().bytes_after, std::filesystem::file_size(path_));
  EXPECT_EQ(bytes(), done.value().bytes_after);
  EXPECT_FALSE(leftover());
  EXPECT_EQ(state(), before);
  open();
  EXPECT_EQ(state(), before);
  fill(2 * kCards);
  const State later = state();
  open();
  EXPECT_EQ(state(), later) << "it goes on with the batches as they come";
}

TEST_F(JournalCompactionTest, ACompactedJournalIsCompactedAgain) {
  open();
  for (int round = 0; round < 3; ++round) {
    fill(4 * kCards);
    ASSERT_TRUE(inbox_->compact());
    const State before = state();
    open();
    EXPECT_EQ(state(), before);
    EXPECT_FALSE(inbox_->compaction_due());
  }
}

TEST_F(JournalCompactionTest, DueOnceMostOfItIsSuperseded) {
  open();
  fill(kCards);
  EXPECT_FALSE(inbox_->compaction_due()) << "every batch counts";
  while (!inbox_->compaction_due()) {
    ASSERT_LT(through_, 100 * kCards);
    fill(1);
  }
  EXPECT_LT(through_, 2 * kCards) << "a record costs as much as an entry";
  open();
  EXPECT_TRUE(inbox_->compaction_due()) << "after a restart, too";
  ASSERT_TRUE(inbox_->compact());
  EXPECT_FALSE(inbox_->compaction_due());
}

TEST_F(JournalCompactionTest, AFullJournalTakesBatchesAgain) {
  bytes_max_ = 40'000;
  open();
  while (push_next()) ASSERT_LT(through_, 1000U);
  ASSERT_TRUE(inbox_->compaction_due());

  ASSERT_TRUE(inbox_->compact());

  EXPECT_TRUE(push_next());
}

TEST_F(JournalCompactionTest, BatchesThatComeMeanwhileAreKept) {
  open();
  fill(3 * kCards);
  int asked = 0;

  ASSERT_TRUE(inbox_->compact([&] {
    if (++asked % 10 == 0) fill(1);
    return false;
  }));

  EXPECT_GT(through_, 3 * kCards + 5);
  const State before = state();
  EXPECT_EQ(before.through, through_);
  open();
  EXPECT_EQ(state(), before);
}

TEST_F(JournalCompactionTest, LeftOffItChangesNothing) {
  open();
  fill(3 * kCards);
  const std::string before = test::read_file(path_);
  for (int after = 0; after < 2 * static_cast<int>(3 * kCards); after += 7) {
    int asked = 0;
    const auto done = inbox_->compact([&] { return asked++ == after; });
    ASSERT_FALSE(done) << after;
    EXPECT_EQ(done.error().code, Errc::kCancelled);
    EXPECT_FALSE(leftover());
  }
  EXPECT_TRUE(test::read_file(path_) == before);
  EXPECT_TRUE(push_next());
}

TEST_F(JournalCompactionTest, ASnapshotUnderWayIsWaitedFor) {
  constexpr codec::PositionRange kLower{0, (std::uint64_t{1} << 63U) - 1};
  constexpr codec::PositionRange kUpper{kLower.through + 1, kAllPositions.through};
  open();
  EXPECT_EQ(inbox_->compact().error().code, Errc::kConflict) << "nothing is held";
  fill(10 * kCards);
  ASSERT_TRUE(push(snapshot_head(kLower, through_), {}));
  EXPECT_FALSE(inbox_->compaction_due());
  const auto early = inbox_->compact();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::kConflict);
  ASSERT_TRUE(push(snapshot_head(kUpper, through_), {}));
  const State before = state();

  ASSERT_TRUE(inbox_->compact());

  open();
  EXPECT_EQ(state(), before);
  EXPECT_EQ(before.entries, 0U);
}

TEST_F(JournalCompactionTest, WhatIsNotInForceYetKeepsItsTime) {
  open(hours{1});
  fill(2 * kCards);
  ASSERT_TRUE(push_next(now()));
  const State before = state();
  ASSERT_EQ(before.applied + 1, before.through);

  ASSERT_TRUE(inbox_->compact());

  EXPECT_EQ(state(), before);
  open(hours{1});
  EXPECT_EQ(state(), before);
}

TEST_F(JournalCompactionTest, ARetryIsKnownAfterwards) {
  open();
  const auto repair = sender_.push(repair_head(kAllPositions, 3), {{.seq = 2, .card = 2}});
  ASSERT_TRUE(push(plain_head(0, 3), {{.seq = 1, .card = 1}, {.seq = 2, .card = 2}}));
  ASSERT_TRUE(inbox_->accept(repair.push(), FeedSender::clock()));
  ASSERT_TRUE(push(plain_head(3, 4), {{.seq = 4, .card = 1}}));
  ASSERT_TRUE(inbox_->compact());
  open();

  const auto again = inbox_->accept(repair.push(), FeedSender::clock());

  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again.value().duplicate);
  EXPECT_EQ(state().entries, 2U);
}

// A card that was removed must not come back by a state from before its removal.
TEST_F(JournalCompactionTest, ARepairFromBeforeItIsAGap) {
  open();
  ASSERT_TRUE(push(plain_head(0, 3), {{.seq = 1, .card = 1}, {.seq = 2, .card = 2}}));
  ASSERT_TRUE(push(plain_head(3, 4), {{.seq = 4, .card = 1, .op = FeedOp::kDelt}}));
  ASSERT_TRUE(inbox_->compact());
  open();

  const auto late = push(repair_head(kAllPositions, 3), {{.seq = 1, .card = 1}});

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kConflict);
  EXPECT_TRUE(push(repair_head(kAllPositions, 4), {{.seq = 2, .card = 2}}));
  EXPECT_EQ(state().entries, 1U);
}

TEST_F(JournalCompactionTest, HoldsNoClearCardNumber) {
  open();
  fill(3 * kCards);
  ASSERT_TRUE(inbox_->compact());
  const std::string content = test::read_file(path_);
  for (std::uint64_t card = 0; card < kCards; ++card) {
    EXPECT_EQ(content.find(test::test_pan(card)), std::string::npos);
  }
}

TEST_F(JournalCompactionTest, NeedsOnlyTheNewestKeyAfterwards) {
  open();
  fill(kCards);
  const State before = state();
  const FeedSender next;
  auto keys = next.receiver_keys();
  keys.encryption.push_back(sender_.receiver_keys().encryption.front());
  inbox_->replace_keys(keys);
  ASSERT_TRUE(inbox_->compact());
  inbox_.reset();

  auto opened = Inbox::open(IssuerId{"card-a"}, next.receiver_keys(), options());

  ASSERT_TRUE(opened) << opened.error().detail;
  inbox_ = std::move(opened).value();
  EXPECT_EQ(state(), before);
}

TEST_F(JournalCompactionTest, StaysThisProcesssFile) {
  open();
  fill(kCards);
  ASSERT_TRUE(inbox_->compact());
  EXPECT_EQ(Inbox::open(IssuerId{"card-a"}, sender_.receiver_keys(), options()).error().code,
            Errc::kUnavailable);
}

// Goal: a crash at any byte of the new file loses nothing. Method: the long journal beside the new
// one cut at many lengths; then the new one in its place.
TEST_F(JournalCompactionTest, WhateverACrashLeavesIsReadBackAlike) {
  open();
  fill(3 * kCards);
  const State before = state();
  const std::string longer = test::read_file(path_);
  ASSERT_TRUE(inbox_->compact());
  inbox_.reset();
  const std::string shorter = test::read_file(path_);
  ASSERT_LT(shorter.size(), longer.size());
  for (std::size_t size = 0; size <= shorter.size(); size += 1 + shorter.size() / 20) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << longer;
    std::ofstream(compaction_path(path_), std::ios::binary) << shorter.substr(0, size);
    open();
    ASSERT_EQ(state(), before) << size;
    EXPECT_FALSE(leftover()) << size;
    ASSERT_TRUE(inbox_->compact()) << size;
    open();
    ASSERT_EQ(state(), before) << size;
  }
}

// Goal: what was acknowledged survives kill -9 in the middle of compactions. Method: a child takes
// batches and compacts in turn, and acknowledges through a pipe, until it is killed.
TEST_F(JournalCompactionTest, KilledProcessLosesNothingThatItAcknowledged) {
  for (const std::uint64_t least : {5U, 12U, 31U}) {
    int ends[2] = {};
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      open();
      through_ = inbox_->position().through;
      while (push_next() && ::write(ends[1], &through_, sizeof through_) == sizeof through_) {
        if (!inbox_->compact()) break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    std::uint64_t acknowledged = 0;
    const std::uint64_t until = through_ + least;
    while (acknowledged<until&& ::read(ends[0], &acknowledged, sizeof acknowledged)> 0) {
    }
    ::kill(child, SIGKILL);
    while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) {
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    open();
    through_ = inbox_->position().through;
    EXPECT_GE(acknowledged, until);
    EXPECT_GE(through_, acknowledged);
    EXPECT_LE(through_, acknowledged + 1);
    EXPECT_EQ(state().entries, std::min(kCards, through_));
    inbox_.reset();
  }
}

TEST_F(JournalCompactionTest, TheKeeperCompactsWhatIsDue) {
  open();
  fill(10 * kCards);
  const State before = state();
  const std::uint64_t long_bytes = bytes();
  Inboxes inboxes;
  Inbox& inbox = *inboxes.emplace("card-a", std::move(inbox_)).first->second;
  {
    const JournalKeeper keeper(inboxes);
    EXPECT_TRUE(test::wait_until([&] { return inbox.figures().journal_bytes * 5 < long_bytes; },
                                 seconds{20}));
  }
  inboxes.clear();
  open();
  EXPECT_EQ(state(), before);
}

TEST(CompactedIds, AreLines) {
  EXPECT_EQ(split_ids(""), std::vector<std::string_view>{});
  EXPECT_EQ(split_ids("a\nb-2\n"), (std::vector<std::string_view>{"a", "b-2"}));
  EXPECT_EQ(split_ids("a"), std::vector<std::string_view>{"a"});
}

}  // namespace
}  // namespace cw::issuer
