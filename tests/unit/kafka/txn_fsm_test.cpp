#include "lib/kafka/txn_fsm.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cw::kafka {
namespace {

using A = TxnAction;
using E = TxnEvent;

/// Feeds events and returns the actions that were asked for, the first one included.
std::vector<A> run(TxnFsm& fsm, const std::vector<E>& events) {
  std::vector<A> actions{fsm.action()};
  for (const auto event : events) actions.push_back(fsm.resume(event));
  return actions;
}

/// A machine that has a batch in hand and is about to perform `until`.
TxnFsm at(A until) {
  TxnFsm fsm;
  while (fsm.action() != until) fsm.resume(E::kOk);
  return fsm;
}

TEST(TxnFsm, AppliesABatchOnlyAfterItsCommit) {
  TxnFsm fsm;
  EXPECT_EQ(run(fsm, std::vector<E>(9, E::kOk)),
            (std::vector<A>{A::kInit,
                            A::kReconcile,
                            A::kRestore,
                            A::kPoll,
                            A::kBegin,
                            A::kProcess,
                            A::kSendOffsets,
                            A::kCommit,
                            A::kApply,
                            A::kPoll}));
}

TEST(TxnFsm, OpensNoTransactionWithoutRecords) {
  auto fsm = at(A::kPoll);
  EXPECT_EQ(fsm.resume(E::kNothing), A::kPoll);
}

TEST(TxnFsm, AbortsAndReadsAgainWhatCannotCommit) {
  for (const auto action : {A::kProcess, A::kSendOffsets, A::kCommit}) {
    auto fsm = at(action);
    EXPECT_EQ(run(fsm, {E::kAbortable, E::kOk, E::kOk}),
              (std::vector<A>{action, A::kAbort, A::kRewind, A::kPoll}));
    EXPECT_FALSE(fsm.batch_in_hand());
  }
}

TEST(TxnFsm, SettlesADoubtfulEndWithANewProducerBeforeAnythingElse) {
  for (const auto action : {A::kSendOffsets, A::kCommit, A::kAbort}) {
    auto fsm = at(A::kCommit);
    if (action == A::kAbort) fsm.resume(E::kAbortable);
    if (action == A::kSendOffsets) fsm = at(A::kSendOffsets);
    EXPECT_EQ(run(fsm, {E::kIndefinite, E::kOk, E::kOk}),
              (std::vector<A>{action, A::kRecreate, A::kInit, A::kReconcile}));
    EXPECT_TRUE(fsm.batch_in_hand()) << "only the committed offsets tell how it ended";
    fsm.resume(E::kOk);
    EXPECT_FALSE(fsm.batch_in_hand());
  }
}

TEST(TxnFsm, RepeatsACallThatDidNothingUpToALimit) {
  auto fsm = at(A::kCommit);
  for (std::uint32_t retry = 0; retry < TxnFsm::kRetriesMax; ++retry) {
    ASSERT_EQ(fsm.resume(E::kRetriable), A::kCommit);
  }
  EXPECT_EQ(fsm.resume(E::kRetriable), A::kRecreate);
}

TEST(TxnFsm, WaitsForABrokerWithoutLimitWhileNoTransactionIsOpen) {
  for (const auto action : {A::kInit, A::kReconcile, A::kPoll}) {
    auto fsm = at(action);
    for (int retry = 0; retry < 10'000; ++retry) ASSERT_EQ(fsm.resume(E::kRetriable), action);
  }
}

TEST(TxnFsm, StopsWhenFencedWhereverItIs) {
  for (const auto action :
       {A::kInit, A::kPoll, A::kBegin, A::kProcess, A::kSendOffsets, A::kCommit}) {
    auto fsm = at(action);
    EXPECT_EQ(fsm.resume(E::kFenced), A::kStop);
    EXPECT_EQ(fsm.stop_reason(), Errc::kFenced);
  }
}

TEST(TxnFsm, GivesUpAfterTooManyBrokenProducersInARow) {
  TxnFsm fsm;
  for (std::uint32_t fatal = 0; fatal < TxnFsm::kFatalsMax; ++fatal) {
    ASSERT_EQ(fsm.resume(E::kFatal), A::kRecreate);
    ASSERT_EQ(fsm.resume(E::kOk), A::kInit);
  }
  EXPECT_EQ(fsm.resume(E::kFatal), A::kStop);
  EXPECT_EQ(fsm.stop_reason(), Errc::kKafkaFatal);
}

TEST(TxnFsm, ACommitForgivesEarlierBrokenProducers) {
  TxnFsm fsm;
  for (int round = 0; round < 20; ++round) {
    while (fsm.action() != A::kCommit) fsm.resume(E::kOk);
    ASSERT_EQ(fsm.resume(E::kFatal), A::kRecreate);
    while (fsm.action() != A::kApply) fsm.resume(E::kOk);
  }
}

TEST(TxnFsm, ARebalanceLeadsToTheCommittedOffsets) {
  for (const auto action : {A::kPoll, A::kRestore, A::kReconcile}) {
    auto fsm = at(action);
    EXPECT_EQ(fsm.resume(E::kRebalanced), A::kReconcile);
  }
}

// Goal: no order of errors may apply a batch that did not commit, process one twice in a
// transaction, or lose one. Method: random walks, with a model of what the outside world holds.
TEST(TxnFsm, NoOrderOfErrorsBreaksTheRules) {
  constexpr int kWalks = 2'000;
  constexpr int kSteps = 200;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  constexpr E kTransactionEvents[] = {
      E::kOk, E::kOk, E::kOk, E::kOk, E::kRetriable, E::kAbortable, E::kIndefinite, E::kFatal};
  constexpr E kOtherEvents[] = {E::kOk, E::kOk, E::kNothing, E::kRebalanced, E::kRetriable};

  for (int walk = 0; walk < kWalks; ++walk) {
    TxnFsm fsm;
    bool open = false;       // A transaction is open as far as the producer knows.
    bool processed = false;  // Outputs of the batch are in it.
    bool unsettled = false;  // A batch is between fetch and its known end.
    for (int step = 0; step < kSteps && fsm.action() != A::kStop; ++step) {
      const auto action = fsm.action();
      E event = E::kOk;
      switch (action) {
        case A::kPoll:
        case A::kRestore:
          ASSERT_FALSE(unsettled);
          ASSERT_FALSE(open);
          event = kOtherEvents[random() % std::size(kOtherEvents)];
          if (action == A::kPoll && event == E::kOk) unsettled = true;
          break;
        case A::kReconcile:
          ASSERT_FALSE(open);
          event = kOtherEvents[random() % std::size(kOtherEvents)];
          if (event == E::kOk) unsettled = false;
          break;
        case A::kApply:
          ASSERT_TRUE(unsettled);
          unsettled = false;
          break;
        case A::kRewind:
          ASSERT_TRUE(unsettled);
          unsettled = false;
          break;
        case A::kRecreate:
          open = processed = false;
          break;
        case A::kInit:
          open = processed = false;
          event = random() % 4 == 0 ? E::kRetriable : E::kOk;
          break;
        default:
          event = kTransactionEvents[random() % std::size(kTransactionEvents)];
          if (action == A::kProcess) {
            ASSERT_FALSE(processed);
            ASSERT_TRUE(open);
            if (event == E::kRetriable) event = E::kAbortable;  // As the loop maps it.
            processed = true;
          }
          if (action == A::kBegin && event == E::kOk) open = true;
          if (action == A::kCommit && event == E::kOk) {
            ASSERT_TRUE(processed);
            open = processed = false;
          }
          if (action == A::kAbort && event == E::kOk) open = processed = false;
      }
      const auto next = fsm.resume(event);
      if (next == A::kApply) {
        ASSERT_TRUE(action == A::kCommit && event == E::kOk);
      }
      if (next == A::kProcess) {
        ASSERT_TRUE(action == A::kBegin);
      }
    }
  }
}

}  // namespace
}  // namespace cw::kafka
