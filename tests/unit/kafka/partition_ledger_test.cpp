#include "lib/kafka/partition_ledger.hpp"

#include <gtest/gtest.h>

namespace cw::kafka {
namespace {

constexpr std::int64_t kNone = -1;
using Numbers = std::vector<std::int32_t>;
using Positions = std::vector<Position>;
const std::vector<std::string> kTopics{"a", "b"};
constexpr TopicIndex kA = 0;
constexpr TopicIndex kB = 1;

/// A ledger with partition 0 of two topics, restored up to 10 and 20.
PartitionLedger ready() {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 10}, {{"b", 0}, 20}}));
  ledger.take_end(kA, 0, 10);
  ledger.take_end(kB, 0, 20);
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  return ledger;
}

TEST(PartitionLedger, APartitionWithoutCommittedOffsetsIsCompleteAtOnce) {
  PartitionLedger ledger{kTopics};
  const auto change = ledger.assign({{{"a", 0}, kNone}, {{"b", 0}, kNone}});
  EXPECT_EQ(change.opened, Numbers{0});
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  EXPECT_TRUE(ledger.newly_restored().empty()) << "told once";
  EXPECT_TRUE(ledger.to_restore().empty());
  EXPECT_FALSE(ledger.restoring());
}

TEST(PartitionLedger, RestoresAllTopicsOfAPartitionBeforeItIsComplete) {
  PartitionLedger ledger{kTopics};
  const auto change = ledger.assign({{{"a", 0}, 2}, {{"b", 0}, 1}});
  EXPECT_EQ(change.opened, Numbers{0});
  EXPECT_TRUE(ledger.newly_restored().empty());
  EXPECT_EQ(ledger.to_restore(), (Positions{{{"a", 0}, 0}, {{"b", 0}, 0}}));
  EXPECT_EQ(ledger.remaining(), 3);

  EXPECT_TRUE(ledger.take_restored(kA, 0, 0));
  EXPECT_TRUE(ledger.take_restored(kA, 0, 1));
  EXPECT_FALSE(ledger.take_restored(kA, 0, 2)) << "not committed yet: it is processed later";
  EXPECT_TRUE(ledger.newly_restored().empty());
  EXPECT_TRUE(ledger.take_restored(kB, 0, 0));
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 2}, {{"b", 0}, 1}}));
}

TEST(PartitionLedger, MarkersBeforeTheCommittedOffsetDoNotHoldTheRestoreUp) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 3}, {{"b", 0}, 3}}));
  EXPECT_TRUE(ledger.take_restored(kA, 0, 0));
  EXPECT_FALSE(ledger.take_restored(kA, 0, 5)) << "1 and 2 were markers or aborted";
  ledger.take_end(kB, 0, 3);
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 3}, {{"b", 0}, 3}}));
}

TEST(PartitionLedger, AnEndBeforeTheCommittedOffsetIsNotBelieved) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 3}}));
  ledger.take_end(kA, 0, 1);
  EXPECT_TRUE(ledger.restoring());
}

TEST(PartitionLedger, DropsWhatItHasSeenAndWhatIsNotAssigned) {
  auto ledger = ready();
  EXPECT_FALSE(ledger.take(kA, 0, 9));
  EXPECT_TRUE(ledger.take(kA, 0, 10));
  EXPECT_FALSE(ledger.take(kA, 0, 10));
  EXPECT_FALSE(ledger.take(kA, 1, 10));
  EXPECT_FALSE(ledger.take(2, 0, 10));
}

TEST(PartitionLedger, CommitsTheOffsetAfterTheLastRecordOfEachPartition) {
  auto ledger = ready();
  EXPECT_TRUE(ledger.take(kA, 0, 10));
  EXPECT_TRUE(ledger.take(kA, 0, 12));
  EXPECT_EQ(ledger.batch_end(), (Positions{{{"a", 0}, 13}}));
  ledger.commit();
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 13}, {{"b", 0}, 20}}));
  EXPECT_FALSE(ledger.batch_in_hand());
}

TEST(PartitionLedger, MarkersAtTheEndAreNoLag) {
  auto ledger = ready();
  ledger.note_end(kA, 0, 12);
  EXPECT_EQ(ledger.reached(), (Positions{{{"a", 0}, 12}, {{"b", 0}, 20}}));
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 10}, {{"b", 0}, 20}}));
}

TEST(PartitionLedger, AfterARollbackTheBatchIsReadAgain) {
  auto ledger = ready();
  EXPECT_TRUE(ledger.take(kA, 0, 10));
  ledger.rollback();
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 10}, {{"b", 0}, 20}}));
  EXPECT_TRUE(ledger.take(kA, 0, 10));
}

TEST(PartitionLedger, CommittedOffsetsTellHowADoubtfulBatchEnded) {
  auto ledger = ready();
  EXPECT_TRUE(ledger.take(kA, 0, 10));
  EXPECT_TRUE(ledger.take(kB, 0, 20));
  EXPECT_FALSE(ledger.was_committed({{{"a", 0}, 10}, {{"b", 0}, 20}}));
  EXPECT_FALSE(ledger.was_committed({{{"a", 0}, 11}}));
  EXPECT_TRUE(ledger.was_committed({{{"a", 0}, 11}, {{"b", 0}, 21}}));
  EXPECT_TRUE(ledger.was_committed({{{"a", 0}, 40}, {{"b", 0}, 50}})) << "another went on from it";
}

TEST(PartitionLedger, APartitionThatStaysKeepsItsState) {
  auto ledger = ready();
  const auto change =
      ledger.assign({{{"a", 0}, 10}, {{"b", 0}, 20}, {{"a", 1}, kNone}, {{"b", 1}, kNone}});
  EXPECT_TRUE(change.closed.empty());
  EXPECT_EQ(change.opened, Numbers{1});
  EXPECT_TRUE(ledger.to_restore().empty());
}

TEST(PartitionLedger, APartitionThatComesBackReadsOnlyWhatOthersDidMeanwhile) {
  auto ledger = ready();
  const auto change = ledger.assign({{{"a", 0}, 15}, {{"b", 0}, 20}});
  EXPECT_TRUE(change.opened.empty());
  EXPECT_EQ(ledger.to_restore(), (Positions{{{"a", 0}, 10}}));
  EXPECT_TRUE(ledger.take_restored(kA, 0, 14));
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
}

TEST(PartitionLedger, ALostPartitionIsClosed) {
  auto ledger = ready();
  const auto change = ledger.assign({});
  EXPECT_EQ(change.closed, Numbers{0});
  EXPECT_TRUE(ledger.partitions().empty());
  EXPECT_TRUE(ledger.positions().empty());
}

TEST(PartitionLedger, StateAheadOfTheCommittedOffsetsIsBuiltAnew) {
  auto ledger = ready();
  const auto change = ledger.assign({{{"a", 0}, 4}, {{"b", 0}, 20}});
  EXPECT_EQ(change.closed, Numbers{0});
  EXPECT_EQ(change.opened, Numbers{0});
  EXPECT_EQ(ledger.to_restore(), (Positions{{{"a", 0}, 0}, {{"b", 0}, 0}}));
}

TEST(PartitionLedger, ARebalanceInTheMiddleOfARestoreLosesNothing) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 4}}));
  EXPECT_TRUE(ledger.take_restored(kA, 0, 0));
  const auto change = ledger.assign({{{"a", 0}, 4}});
  EXPECT_EQ(ledger.to_restore(), (Positions{{{"a", 0}, 1}}));
  EXPECT_TRUE(change.opened.empty());
}

TEST(PartitionLedger, AStateFromALocalStoreReadsOnlyTheRest) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 10}, {{"b", 0}, 20}}));
  EXPECT_TRUE(ledger.start_at(0, Positions{{{"a", 0}, 10}, {{"b", 0}, 15}}));
  EXPECT_EQ(ledger.to_restore(), (Positions{{{"b", 0}, 15}}));
  EXPECT_FALSE(ledger.take_restored(kA, 0, 9));
  EXPECT_TRUE(ledger.take_restored(kB, 0, 19));
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  EXPECT_EQ(ledger.positions_of(0), (Positions{{{"a", 0}, 10}, {{"b", 0}, 20}}));
  EXPECT_FALSE(ledger.take(kA, 0, 9));
  EXPECT_TRUE(ledger.take(kA, 0, 10));
}

TEST(PartitionLedger, AStoreThatHoldsEverythingNeedsNoReading) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, 10}, {{"b", 0}, kNone}}));
  EXPECT_TRUE(ledger.start_at(0, Positions{{{"a", 0}, 10}}));
  EXPECT_EQ(ledger.newly_restored(), Numbers{0});
  EXPECT_EQ(ledger.positions(), (Positions{{{"a", 0}, 10}, {{"b", 0}, 0}}));
}

TEST(PartitionLedger, AStoreThatTheGroupKnowsNothingOfIsNotBelieved) {
  const std::vector<Positions> foreign{{{{"a", 0}, 11}, {{"b", 0}, 20}},
                                       {{{"a", 0}, 10}, {{"c", 0}, 1}},
                                       {{{"a", 1}, 1}},
                                       {{{"a", 0}, -1}}};
  for (const auto& held : foreign) {
    PartitionLedger ledger{kTopics};
    static_cast<void>(ledger.assign({{{"a", 0}, 10}, {{"b", 0}, 20}}));
    EXPECT_FALSE(ledger.start_at(0, held));
    EXPECT_EQ(ledger.to_restore(), (Positions{{{"a", 0}, 0}, {{"b", 0}, 0}}));
  }
}

TEST(PartitionLedger, OnlyTouchedPartitionsAreInTheEndOfABatch) {
  PartitionLedger ledger{kTopics};
  static_cast<void>(ledger.assign({{{"a", 0}, kNone}, {{"a", 3}, kNone}, {{"b", 3}, kNone}}));
  EXPECT_EQ(ledger.newly_restored(), (Numbers{0, 3}));
  EXPECT_TRUE(ledger.take(kB, 3, 0));
  EXPECT_FALSE(ledger.take(kB, 0, 0)) << "not assigned";
  EXPECT_FALSE(ledger.take(kB, 900, 0));
  EXPECT_EQ(ledger.batch_end(), (Positions{{{"b", 3}, 1}}));
}

}  // namespace
}  // namespace cw::kafka
