#include "lib/kafka/txn_fsm.hpp"

#include <gtest/gtest.h>

#include <iostream>
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

/// What the outside world holds during a walk through the machine, and what may not happen in it.
class Walk {
 public:
  explicit Walk(std::mt19937& random) : random_(random) {}

  void step() {
    const auto action = fsm_.action();
    const auto event = perform(action);
    const auto next = fsm_.resume(event);
    if (next == A::kApply) {
      EXPECT_TRUE(action == A::kCommit && event == E::kOk);
    }
    if (next == A::kProcess) {
      EXPECT_TRUE(action == A::kBegin);
    }
  }
  [[nodiscard]] bool stopped() const { return fsm_.action() == A::kStop; }

 private:
  template <std::size_t kSize>
  E any_of(const E (&events)[kSize]) {
    return events[random_() % kSize];
  }

  E perform(A action) {
    switch (action) {
      case A::kPoll:
      case A::kRestore:
      case A::kReconcile:
        return outside(action);
      case A::kApply:
      case A::kRewind:
        EXPECT_TRUE(unsettled_);
        unsettled_ = false;
        return E::kOk;
      case A::kRecreate:
        open_ = processed_ = false;
        return E::kOk;
      case A::kInit:
        open_ = processed_ = false;
        return random_() % 4 == 0 ? E::kRetriable : E::kOk;
      default:
        return inside(action);
    }
  }

  E outside(A action) {
    EXPECT_FALSE(open_);
    if (action != A::kReconcile) {
      EXPECT_FALSE(unsettled_);
    }
    const auto event = any_of({E::kOk, E::kOk, E::kNothing, E::kRebalanced, E::kRetriable});
    if (event == E::kOk) unsettled_ = action == A::kPoll;
    return event;
  }

  E inside(A action) {
    auto event = any_of(
        {E::kOk, E::kOk, E::kOk, E::kOk, E::kRetriable, E::kAbortable, E::kIndefinite, E::kFatal});
    if (action == A::kProcess) {
      EXPECT_FALSE(processed_);
      EXPECT_TRUE(open_);
      if (event == E::kRetriable) event = E::kAbortable;  // As the loop maps it.
      processed_ = true;
    }
    if (action == A::kBegin && event == E::kOk) open_ = true;
    if (action == A::kCommit && event == E::kOk) {
      EXPECT_TRUE(processed_);
    }
    if ((action == A::kCommit || action == A::kAbort) && event == E::kOk)
      open_ = processed_ = false;
    return event;
  }

  std::mt19937& random_;
  TxnFsm fsm_;
  bool open_ = false;       ///< A transaction is open as far as the producer knows.
  bool processed_ = false;  ///< Outputs of the batch are in it.
  bool unsettled_ = false;  ///< A batch is between fetch and its known end.
};

// Goal: no order of errors may apply a batch that did not commit, process one twice in a
// transaction, or lose one. Method: random walks, with a model of what the outside world holds.
TEST(TxnFsm, NoOrderOfErrorsBreaksTheRules) {
  constexpr int kWalks = 2'000;
  constexpr int kSteps = 200;
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random{seed};
  for (int number = 0; number < kWalks && !HasFailure(); ++number) {
    Walk walk{random};
    for (int step = 0; step < kSteps && !walk.stopped(); ++step) walk.step();
  }
}

}  // namespace
}  // namespace cw::kafka
