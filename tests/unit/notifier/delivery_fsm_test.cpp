#include "notifier/delivery_fsm.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;
using PassOver = DeliveryAction::PassOver;

class DeliveryFsmTest : public testing::Test {
 protected:
  static constexpr DeliveryOptions kOptions{.batch_entries_max = 500,
                                            .backoff = {.base = 1s, .max = 4s},
                                            .recheck = 30s,
                                            .circuit_failures = 3,
                                            .refused_in_row_max = 2};

  DeliveryAction happens(Kind kind, std::size_t count = 0) {
    return fsm.resume(
        {.kind = kind, .count = count, .error = {Errc::kRemoteRefused, "status 500"}});
  }
  DeliveryAction fails(std::optional<std::chrono::milliseconds> retry_after = {}) {
    return fsm.resume({.kind = Kind::kFailed,
                       .error = {Errc::kRemoteRefused, "status 500"},
                       .retry_after = retry_after});
  }
  /// Until the first push of a batch of `count` entries.
  void until_send(std::size_t count) {
    ASSERT_EQ(happens(Kind::kStart).kind, Do::kBuild);
    ASSERT_EQ(happens(Kind::kBuilt, count).kind, Do::kSend);
  }
  /// The refused batch of `count` leads to another of at most this many.
  std::size_t refused(std::size_t count) {
    const auto action = happens(Kind::kRefused);
    EXPECT_EQ(action.kind, Do::kBuild) << count;
    return action.entries_max;
  }

  DeliveryFsm fsm{kOptions, [] { return 1.0; }};
};

TEST_F(DeliveryFsmTest, DeliversBatchAfterBatchAndThenWaitsForWork) {
  until_send(500);
  EXPECT_EQ(happens(Kind::kAccepted, 500).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).kind, Do::kBuild);
  const auto idle = happens(Kind::kNothing);
  EXPECT_EQ(idle.kind, Do::kWait);
  EXPECT_EQ(idle.pause, std::nullopt);
  EXPECT_TRUE(idle.wakes_on_work);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kIdle);
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kBuild);
}

TEST_F(DeliveryFsmTest, AFailedBatchIsSentAgainAfterPausesThatGrowWithoutEnd) {
  auto options = kOptions;
  options.circuit_failures = 100;
  fsm = DeliveryFsm{options, [] { return 1.0; }};
  until_send(3);
  for (const auto pause : {1s, 2s, 4s, 4s, 4s}) {
    const auto action = fails();
    EXPECT_EQ(action.kind, Do::kWait);
    EXPECT_EQ(action.pause, pause);
    EXPECT_FALSE(action.wakes_on_work) << "new entries must not shorten the pause";
    const auto again = happens(Kind::kTimer);
    EXPECT_EQ(again.kind, Do::kSend);
    EXPECT_TRUE(again.retry);
  }
  EXPECT_EQ(fsm.failures(), 5U);
}

TEST_F(DeliveryFsmTest, RetryAfterIsTheLeastPause) {
  until_send(3);
  EXPECT_EQ(fails(1h).pause, 1h);
}

TEST_F(DeliveryFsmTest, TheCircuitOpensAfterFailuresInARowAndClosesWithTheFirstSuccess) {
  until_send(3);
  static_cast<void>(fails());
  static_cast<void>(happens(Kind::kTimer));
  static_cast<void>(fails());
  EXPECT_FALSE(fsm.circuit_open());
  static_cast<void>(happens(Kind::kTimer));
  static_cast<void>(fails());
  EXPECT_TRUE(fsm.circuit_open());
  const auto probe = happens(Kind::kTimer);
  ASSERT_EQ(probe.kind, Do::kBuild);
  EXPECT_EQ(probe.purpose, DeliveryPurpose::kProbe) << "nothing of the feed while it is open";
  ASSERT_EQ(happens(Kind::kBuilt).purpose, DeliveryPurpose::kProbe);
  EXPECT_EQ(fails().kind, Do::kWait);
  ASSERT_EQ(happens(Kind::kTimer).purpose, DeliveryPurpose::kProbe) << "one at a time";
  static_cast<void>(happens(Kind::kBuilt));
  EXPECT_EQ(happens(Kind::kAccepted).purpose, DeliveryPurpose::kEntries);
  EXPECT_FALSE(fsm.circuit_open());
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  static_cast<void>(happens(Kind::kAccepted, 3));
  EXPECT_EQ(fsm.failures(), 0U);
  EXPECT_EQ(fsm.last_error(), std::nullopt);
}

TEST_F(DeliveryFsmTest, AfterAProbeThatPassedTheFirstFailureOpensTheCircuitAgain) {
  until_send(3);
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(fails());
    if (i < 2) static_cast<void>(happens(Kind::kTimer));
  }
  static_cast<void>(happens(Kind::kTimer));
  static_cast<void>(happens(Kind::kBuilt));
  static_cast<void>(happens(Kind::kAccepted));
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  EXPECT_EQ(fails().pause, 4s) << "the pauses go on growing";
  EXPECT_TRUE(fsm.circuit_open());
}

TEST_F(DeliveryFsmTest, AGapPutsTheCursorBackOrIsAFailure) {
  until_send(3);
  const auto move = fsm.resume({.kind = Kind::kGap,
                                .error = {Errc::kRemoteRefused, "gap"},
                                .through = 7,
                                .may_rewind = true});
  EXPECT_EQ(move.kind, Do::kMove);
  EXPECT_EQ(move.through, 7U);
  EXPECT_EQ(happens(Kind::kMoved).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).pass_over, PassOver::kForget);
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  EXPECT_EQ(happens(Kind::kGap).kind, Do::kWait) << "not again so soon";
  EXPECT_EQ(fsm.failures(), 1U);
}

TEST_F(DeliveryFsmTest, AnOrderIsAnnouncedAndThenSavedAndThenDone) {
  ASSERT_EQ(happens(Kind::kStart).kind, Do::kBuild);
  ASSERT_EQ(happens(Kind::kNothing).kind, Do::kWait);
  fsm.add({.kind = FeedOrder::Kind::kPause, .by = "ops-a", .reason = "their move"});
  EXPECT_EQ(happens(Kind::kOrder).purpose, DeliveryPurpose::kNotice);
  EXPECT_EQ(fsm.announced().state, codec::FeedStatus::kPaused);
  EXPECT_EQ(fsm.standing().state, codec::FeedStatus::kEnabled) << "not yet";
  ASSERT_EQ(happens(Kind::kBuilt).kind, Do::kSend);
  EXPECT_EQ(fails().kind, Do::kSave) << "one attempt";
  EXPECT_TRUE(fsm.take_outcomes().empty()) << "not before it is saved";
  const auto paused = happens(Kind::kSaved);
  EXPECT_EQ(paused.kind, Do::kWait);
  EXPECT_EQ(paused.pause, std::nullopt);
  EXPECT_FALSE(paused.wakes_on_work);
  EXPECT_FALSE(paused.wakes_on_settings);
  EXPECT_EQ(fsm.take_outcomes().size(), 1U);
  EXPECT_EQ(fsm.standing().by, "ops-a");
  EXPECT_EQ(fsm.failures(), 0U);
}

TEST_F(DeliveryFsmTest, AnIssuerMayNotUndoWhatWeDecided) {
  fsm = DeliveryFsm{kOptions,
                    [] { return 1.0; },
                    {.state = codec::FeedStatus::kDisabled,
                     .set_by = codec::FeedSetBy::kUs,
                     .by = "ops-a",
                     .reason = {}}};
  ASSERT_EQ(happens(Kind::kStart).kind, Do::kWait);
  fsm.add({.kind = FeedOrder::Kind::kResume, .set_by = codec::FeedSetBy::kIssuer});
  EXPECT_EQ(happens(Kind::kOrder).kind, Do::kWait);
  const auto outcomes = fsm.take_outcomes();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].error().code, Errc::kStateNotYours);
  EXPECT_TRUE(fsm.disabled());
}

TEST_F(DeliveryFsmTest, AnOrderThatIsRefusedDoesNotShortenAPause) {
  until_send(3);
  static_cast<void>(fails(1h));
  fsm.add({.kind = FeedOrder::Kind::kReplay, .after = 9});
  const auto move = fsm.resume({.kind = Kind::kOrder, .remaining = 59min});
  ASSERT_EQ(move.kind, Do::kMove);
  const auto rest = happens(Kind::kMoveFailed);
  EXPECT_EQ(rest.kind, Do::kWait);
  EXPECT_EQ(rest.pause, 59min);
  EXPECT_FALSE(fsm.take_outcomes().at(0));
}

TEST_F(DeliveryFsmTest, AsksFirstWhereTheIssuerStands) {
  auto options = kOptions;
  options.ask_first = true;
  fsm = DeliveryFsm{options, [] { return 1.0; }};
  EXPECT_EQ(happens(Kind::kStart).purpose, DeliveryPurpose::kProbe);
  ASSERT_EQ(happens(Kind::kBuilt).kind, Do::kSend);
  EXPECT_EQ(fails().kind, Do::kWait);
  EXPECT_EQ(happens(Kind::kTimer).purpose, DeliveryPurpose::kProbe) << "until it tells";
  ASSERT_EQ(happens(Kind::kBuilt).kind, Do::kSend);
  EXPECT_EQ(fsm.resume({.kind = Kind::kAccepted, .moved = true}).purpose,
            DeliveryPurpose::kEntries);
  EXPECT_EQ(happens(Kind::kNothing).pause, kOptions.save_patience) << "the cursor has moved";
  EXPECT_EQ(happens(Kind::kTimer).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).kind, Do::kWait);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kIdle);
}

TEST_F(DeliveryFsmTest, WhoRefusesToBeAskedIsSentEntriesAllTheSame) {
  auto options = kOptions;
  options.ask_first = true;
  fsm = DeliveryFsm{options, [] { return 1.0; }};
  ASSERT_EQ(happens(Kind::kStart).kind, Do::kBuild);
  ASSERT_EQ(happens(Kind::kBuilt).kind, Do::kSend);
  EXPECT_EQ(happens(Kind::kRefused).purpose, DeliveryPurpose::kEntries);
  EXPECT_EQ(fsm.failures(), 0U);
}

TEST_F(DeliveryFsmTest, ACursorThatMayBeSavedLaterIsSavedBeforeAnyPause) {
  until_send(3);
  EXPECT_EQ(fsm.resume({.kind = Kind::kAccepted, .count = 3, .save_later = true}).kind, Do::kBuild);
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  EXPECT_EQ(fails(1h).kind, Do::kSave);
  const auto pause = happens(Kind::kSaved);
  EXPECT_EQ(pause.kind, Do::kWait);
  EXPECT_EQ(pause.pause, 1h);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kBackingOff);
}

TEST_F(DeliveryFsmTest, ACursorThatMayBeSavedLaterHoldsUpNoEntryThatComesAtRest) {
  until_send(1);
  EXPECT_EQ(fsm.resume({.kind = Kind::kAccepted, .count = 1, .save_later = true}).kind, Do::kBuild);
  const auto rest = happens(Kind::kNothing);
  EXPECT_EQ(rest.kind, Do::kWait);
  EXPECT_EQ(rest.pause, kOptions.save_patience);
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kBuild) << "not saved first";
  EXPECT_EQ(happens(Kind::kNothing).kind, Do::kWait);
  EXPECT_EQ(happens(Kind::kTimer).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).pause, std::nullopt) << "nothing is left to save";
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kBuild);
}

TEST_F(DeliveryFsmTest, ACursorThatMayBeSavedLaterIsSavedBeforeTheEnd) {
  until_send(3);
  fsm.request_stop();
  EXPECT_EQ(fsm.resume({.kind = Kind::kAccepted, .count = 3, .save_later = true}).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaveFailed).kind, Do::kEnd) << "as well as it can";
}

TEST_F(DeliveryFsmTest, ExtraWorkAndEntriesTakeTurns) {
  fsm.set_extra_waiting(true);
  EXPECT_EQ(happens(Kind::kStart).purpose, DeliveryPurpose::kExtra);
  ASSERT_EQ(happens(Kind::kBuilt).kind, Do::kSend);
  EXPECT_EQ(happens(Kind::kAccepted).purpose, DeliveryPurpose::kEntries);
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  ASSERT_EQ(happens(Kind::kAccepted, 3).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).purpose, DeliveryPurpose::kExtra);
}

TEST_F(DeliveryFsmTest, NewSettingsEndThePauseAndTheBatchIsMadeAnew) {
  until_send(3);
  static_cast<void>(fails());
  EXPECT_EQ(happens(Kind::kSettings).kind, Do::kBuild);
}

// Goal: the entry at fault is found by halving. Method: 500 entries of which number 300 is refused
// wherever it is; play the receiver and count the pushes.
TEST_F(DeliveryFsmTest, ARefusedBatchIsHalvedUntilTheEntryAtFaultStandsAlone) {
  constexpr std::size_t kFault = 300;
  until_send(500);
  std::size_t done = 0;
  std::size_t size = 500;
  int pushes = 1;
  DeliveryAction action;
  for (; pushes < 100; ++pushes) {
    if (kFault > done + size) {
      EXPECT_EQ(happens(Kind::kAccepted, size).kind, Do::kSave);
      done += size;
      action = happens(Kind::kSaved);
    } else {
      action = happens(Kind::kRefused);
    }
    ASSERT_EQ(action.kind, Do::kBuild);
    if (action.pass_over == PassOver::kAdd) break;
    size = action.entries_max;
    ASSERT_EQ(happens(Kind::kBuilt, size).kind, Do::kSend);
  }
  EXPECT_EQ(done, kFault - 1);
  EXPECT_EQ(size, 1U);
  EXPECT_LT(pushes, 20);
  EXPECT_EQ(action.entries_max, 1U) << "one entry shows whose fault it was";
  ASSERT_EQ(happens(Kind::kBuilt, 1).kind, Do::kSend);
  ASSERT_EQ(happens(Kind::kAccepted, 1).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).entries_max, 500U) << "then whole batches again";
  EXPECT_EQ(fsm.failures(), 0U);
  EXPECT_FALSE(fsm.last_error());
}

TEST_F(DeliveryFsmTest, AReceiverThatRefusesEverythingIsAFailureAndNothingIsPassedOver) {
  until_send(1);
  for (int i = 0; i < 2; ++i) {
    const auto action = happens(Kind::kRefused);
    ASSERT_EQ(action.kind, Do::kBuild);
    ASSERT_EQ(action.pass_over, PassOver::kAdd);
    ASSERT_EQ(happens(Kind::kBuilt, 1).kind, Do::kSend);
  }
  EXPECT_EQ(happens(Kind::kRefused).kind, Do::kWait);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kBackingOff);
  EXPECT_EQ(fsm.failures(), 1U);
  const auto again = happens(Kind::kTimer);
  EXPECT_EQ(again.kind, Do::kBuild);
  EXPECT_EQ(again.pass_over, PassOver::kForget) << "from the first of them";
}

TEST_F(DeliveryFsmTest, ARefusedEntryWithNothingBehindItIsAFailureToo) {
  until_send(1);
  ASSERT_EQ(happens(Kind::kRefused).pass_over, PassOver::kAdd);
  EXPECT_EQ(happens(Kind::kNothing).kind, Do::kWait);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kBackingOff);
  EXPECT_EQ(fsm.failures(), 1U);
  EXPECT_TRUE(fsm.last_error());
  EXPECT_EQ(happens(Kind::kTimer).pass_over, PassOver::kForget);
}

TEST_F(DeliveryFsmTest, NewSettingsGiveRefusedEntriesAnotherChance) {
  until_send(1);
  static_cast<void>(happens(Kind::kRefused));
  ASSERT_EQ(happens(Kind::kBuilt, 1).kind, Do::kSend);
  static_cast<void>(fails());
  EXPECT_EQ(happens(Kind::kSettings).pass_over, PassOver::kForget);
}

TEST_F(DeliveryFsmTest, AfterAHalvingThatCameToNothingBatchesGrowAgain) {
  until_send(8);
  EXPECT_EQ(refused(8), 4U);
  static_cast<void>(happens(Kind::kBuilt, 4));
  static_cast<void>(happens(Kind::kAccepted, 4));
  EXPECT_EQ(happens(Kind::kSaved).entries_max, 2U);
  static_cast<void>(happens(Kind::kBuilt, 2));
  static_cast<void>(happens(Kind::kAccepted, 2));
  EXPECT_EQ(happens(Kind::kSaved).entries_max, 1U);
  static_cast<void>(happens(Kind::kBuilt, 1));
  static_cast<void>(happens(Kind::kAccepted, 1));
  EXPECT_EQ(happens(Kind::kSaved).entries_max, 1U);
  static_cast<void>(happens(Kind::kBuilt, 1));
  static_cast<void>(happens(Kind::kAccepted, 1));
  EXPECT_EQ(happens(Kind::kSaved).entries_max, 500U);
}

TEST_F(DeliveryFsmTest, GoneDisablesAndSavesThatAndOnlyNewSettingsEnableAgain) {
  until_send(3);
  EXPECT_EQ(happens(Kind::kGone).kind, Do::kSave);
  EXPECT_TRUE(fsm.disabled());
  const auto action = happens(Kind::kSaved);
  EXPECT_EQ(action.kind, Do::kWait);
  EXPECT_EQ(action.pause, std::nullopt);
  EXPECT_FALSE(action.wakes_on_work);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kDisabled);
  EXPECT_EQ(happens(Kind::kSettings).kind, Do::kSave) << "or a restart would forget it";
  EXPECT_FALSE(fsm.disabled());
  EXPECT_EQ(happens(Kind::kSaved).kind, Do::kBuild);
}

TEST_F(DeliveryFsmTest, StartsDisabledIfItEndedSo) {
  fsm = DeliveryFsm{kOptions,
                    [] { return 1.0; },
                    {.state = codec::FeedStatus::kDisabled,
                     .set_by = codec::FeedSetBy::kAnswer410,
                     .by = {},
                     .reason = {}}};
  EXPECT_EQ(happens(Kind::kStart).kind, Do::kWait);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kDisabled);
}

TEST_F(DeliveryFsmTest, TroubleOfOursPausesAndIsNoFailedDelivery) {
  until_send(3);
  const auto action = happens(Kind::kTrouble);
  EXPECT_EQ(action.kind, Do::kWait);
  EXPECT_EQ(action.pause, 30s);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kPaused);
  EXPECT_EQ(fsm.failures(), 0U);
  EXPECT_TRUE(fsm.last_error());
  EXPECT_EQ(happens(Kind::kTimer).kind, Do::kBuild);
  ASSERT_EQ(happens(Kind::kBuilt, 3).kind, Do::kSend);
  EXPECT_FALSE(fsm.last_error()) << "mended";
}

TEST_F(DeliveryFsmTest, AMissingDataKeyIsWaitedForAndNothingIsPassedOver) {
  ASSERT_EQ(happens(Kind::kStart).kind, Do::kBuild);
  const auto action = happens(Kind::kKeyMissing);
  EXPECT_EQ(action.kind, Do::kWait);
  EXPECT_TRUE(action.wakes_on_work);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kWaitingForKey);
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kBuild);
}

TEST_F(DeliveryFsmTest, AnIssuerWithoutEndpointIsHeldUntilItHasOne) {
  ASSERT_EQ(happens(Kind::kStart).kind, Do::kBuild);
  const auto action = happens(Kind::kHeld);
  EXPECT_EQ(action.kind, Do::kWait);
  EXPECT_FALSE(action.wakes_on_work);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kHeld);
  EXPECT_EQ(happens(Kind::kSettings).kind, Do::kBuild);
}

TEST_F(DeliveryFsmTest, ACursorThatCannotBeSavedIsSavedLaterWithoutSendingAgain) {
  until_send(3);
  ASSERT_EQ(happens(Kind::kAccepted, 3).kind, Do::kSave);
  const auto action = happens(Kind::kSaveFailed);
  EXPECT_EQ(action.kind, Do::kWait);
  EXPECT_EQ(action.pause, 30s);
  EXPECT_FALSE(action.wakes_on_settings) << "they would make it spin while Kafka is away";
  EXPECT_TRUE(fsm.last_error());
  EXPECT_EQ(happens(Kind::kTimer).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).kind, Do::kBuild);
  EXPECT_FALSE(fsm.last_error());
}

TEST_F(DeliveryFsmTest, AStopLetsThePushEndAndSavesWhatWasAccepted) {
  until_send(3);
  fsm.request_stop();
  EXPECT_EQ(happens(Kind::kAccepted, 3).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaved).kind, Do::kEnd);
  EXPECT_EQ(fsm.phase(), DeliveryPhase::kEnded);
}

TEST_F(DeliveryFsmTest, AStopDuringAPauseEndsAtOnce) {
  until_send(3);
  static_cast<void>(fails());
  fsm.request_stop();
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kEnd);
}

TEST_F(DeliveryFsmTest, AStopWhileACursorWaitsToBeSavedTriesOnceMore) {
  until_send(3);
  static_cast<void>(happens(Kind::kAccepted, 3));
  static_cast<void>(happens(Kind::kSaveFailed));
  fsm.request_stop();
  EXPECT_EQ(happens(Kind::kWork).kind, Do::kSave);
  EXPECT_EQ(happens(Kind::kSaveFailed).kind, Do::kEnd);
}

}  // namespace
}  // namespace cw::notifier
