// Goal: no order of success, failure, refusal, gap, trouble, command, stop and restart loses an
// entry, sends out of turn, sends what must not be sent, or gets stuck. Method: walk the whole
// graph of states that a model of the feed (entries, cursor, saved cursor, receiver) can come to,
// each state once, and check the invariants at each step; from each state go on with nothing but
// good outcomes and see that everything arrives.
#include "delivery_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <iostream>
#include <string>
#include <unordered_set>
#include <vector>

namespace cw::notifier::test {
namespace {

using Step = std::function<void(World&)>;
using Steps = std::vector<Step>;

void add_happening(Steps& steps, Kind kind, std::string_view what) {
  steps.emplace_back([kind, what](World& w) { w.happens(kind, what); });
}

void add_build_steps(const World& world, Steps& steps) {
  steps.emplace_back([](World& w) { w.built(); });
  steps.emplace_back([](World& w) { w.not_built(Kind::kTrouble, "trouble"); });
  steps.emplace_back([](World& w) { w.not_built(Kind::kHeld, "held"); });
  if (world.action.purpose == DeliveryPurpose::kExtra) {
    steps.emplace_back([](World& w) { w.extra_ended(); });
  }
  if (world.action.purpose != DeliveryPurpose::kEntries || world.pending() == 0) return;
  steps.emplace_back([](World& w) { w.built_empty(); });
  steps.emplace_back([](World& w) { w.not_built(Kind::kKeyMissing, "key_missing"); });
}

void add_send_steps(const World& world, Steps& steps) {
  const std::size_t counts = std::max<std::size_t>(world.batch.size(), 1);
  for (std::size_t count = 1; count <= counts; ++count) {
    steps.emplace_back([count](World& w) { w.accepted(count); });
    if (!world.bounds.asks || !world.sends(DeliveryPurpose::kEntries)) continue;
    steps.emplace_back([count](World& w) { w.accepted(count, /*save_later=*/true); });
  }
  if (world.bounds.asks && world.sends(DeliveryPurpose::kEntries)) {
    steps.emplace_back([](World& w) { w.answer_lost(); });
  }
  for (const auto& [kind, what] : {std::pair{Kind::kFailed, "failed"},
                                   std::pair{Kind::kRefused, "refused"},
                                   std::pair{Kind::kGone, "gone"},
                                   std::pair{Kind::kTrouble, "trouble"}}) {
    steps.emplace_back([kind, what](World& w) { w.answered_badly(kind, what); });
  }
  const bool moves_cursor =
      world.sends(DeliveryPurpose::kEntries) || world.sends(DeliveryPurpose::kExtra);
  if (!moves_cursor) return;
  for (int there = -1; there < world.cursor; ++there) {
    steps.emplace_back([there](World& w) { w.gap(there); });
  }
}

void add_wait_steps(const World& world, Steps& steps) {
  if (world.action.pause) add_happening(steps, Kind::kTimer, "timer");
  if (world.action.wakes_on_settings) add_happening(steps, Kind::kSettings, "settings");
  if (!world.action.wakes_on_work) return;
  add_happening(steps, Kind::kWork, "work");
  if (world.entries >= world.bounds.entries_max) return;
  steps.emplace_back([](World& w) {
    ++w.entries;
    w.happens(Kind::kWork, "entry");
  });
}

/// What may come at any time.
void add_commands(const World& world, Steps& steps) {
  if (world.orders_given < world.bounds.orders_max) {
    for (const Order kind : {Order::kResume, Order::kPause, Order::kDisable}) {
      for (const FeedSetBy set_by : {FeedSetBy::kUs, FeedSetBy::kIssuer}) {
        steps.emplace_back([kind, set_by](World& w) {
          w.order({.kind = kind, .set_by = set_by, .by = "someone", .reason = "a reason"});
        });
      }
    }
    steps.emplace_back([](World& w) { w.order({.kind = Order::kProbe}); });
    for (const std::uint64_t after : {0U, 1U, 9U}) {
      steps.emplace_back([after](World& w) { w.order({.kind = Order::kReplay, .after = after}); });
    }
  }
  if (world.extras_given < world.bounds.extras_max && world.extra_messages == 0) {
    steps.emplace_back([](World& w) { w.extra(); });
  }
  steps.emplace_back([](World& w) { w.stopped(); });
}

Steps steps_from(const World& world) {
  Steps steps;
  switch (world.action.kind) {
    case Do::kBuild:
      add_build_steps(world, steps);
      break;
    case Do::kSend:
      add_send_steps(world, steps);
      break;
    case Do::kMove:
      steps.emplace_back([](World& w) { w.moved(); });
      add_happening(steps, Kind::kMoveFailed, "move_failed");
      break;
    case Do::kSave:
      steps.emplace_back([](World& w) { w.saved_well(); });
      add_happening(steps, Kind::kSaveFailed, "save_failed");
      break;
    case Do::kWait:
      add_wait_steps(world, steps);
      break;
    case Do::kEnd:
      break;
  }
  if (world.action.kind != Do::kEnd && !world.stop) add_commands(world, steps);
  steps.emplace_back([](World& w) { w.restarted(); });
  return steps;
}

void wait_well(World& world) {
  if (world.action.pause) return world.happens(Kind::kTimer, "timer");
  const bool ordered_to_stand = world.fsm.standing().state != FeedStatus::kEnabled;
  if (ordered_to_stand) return world.order({.kind = Order::kResume, .by = "someone"});
  world.happens(world.action.wakes_on_work ? Kind::kWork : Kind::kSettings, "mended");
}

/// One good outcome; false if there is nothing left to happen.
bool go_well(World& world) {
  switch (world.action.kind) {
    case Do::kBuild:
      world.built();
      return true;
    case Do::kSend:
      world.accepted(std::max<std::size_t>(world.batch.size(), 1));
      return true;
    case Do::kMove:
      world.moved();
      return true;
    case Do::kSave:
      world.saved_well();
      return true;
    case Do::kWait:
      // At rest only the cursor may be left to save.
      if (world.fsm.phase() == DeliveryPhase::kIdle && !world.action.pause) return false;
      wait_well(world);
      return true;
    case Do::kEnd:
      return false;
  }
  return false;
}

void expect_all_arrives(World world) {
  if (world.action.kind == Do::kEnd || world.stop) {
    for (int i = 0; i < 10 && world.action.kind != Do::kEnd; ++i) go_well(world);
    ASSERT_EQ(world.action.kind, Do::kEnd) << "a stop must end it: " << world.trace;
    world.restarted();
  }
  for (int i = 0; i < 100 && go_well(world); ++i) continue;
  EXPECT_EQ(world.fsm.phase(), DeliveryPhase::kIdle) << world.trace;
  EXPECT_EQ(world.cursor, world.entries) << world.trace;
  EXPECT_EQ(world.saved, world.entries) << world.trace;
  EXPECT_EQ(world.fsm.standing().state, FeedStatus::kEnabled) << world.trace;
  EXPECT_EQ(world.standing_saved.state, FeedStatus::kEnabled) << world.trace;
  EXPECT_FALSE(world.fsm.circuit_open()) << world.trace;
  EXPECT_EQ(world.fsm.failures(), 0U) << world.trace;
  EXPECT_EQ(world.orders_open, 0) << world.trace;
  EXPECT_EQ(world.extra_messages, 0) << world.trace;
}

/// Gives the number of states.
std::size_t walk(const Bounds& bounds) {
  std::unordered_set<std::string> known;
  std::deque<World> open;
  open.emplace_back();
  open.back().bounds = bounds;
  open.back().entries = bounds.entries;
  open.back().restarted();
  known.insert(open.front().key());
  while (!open.empty() && !testing::Test::HasFailure()) {
    const World world = std::move(open.front());
    open.pop_front();
    expect_all_arrives(world);
    for (const Step& step : steps_from(world)) {
      World next = world;
      step(next);
      if (known.insert(next.key()).second) open.push_back(std::move(next));
    }
  }
  return known.size();
}

/// The walk has more than `states_min` states, or the model does not do what it is for.
void expect_promises(const Bounds& bounds, std::size_t states_min) {
  const std::size_t states = walk(bounds);
  std::cout << states << " states\n";
  EXPECT_GT(states, states_min);
}

TEST(DeliveryOrders, EveryStateKeepsThePromises) {
  expect_promises({.entries = 2, .entries_max = 2, .orders_max = 1, .extras_max = 1}, 10'000U);
}

// Three entries, of which one comes later: refusals that are split, passed over and given up.
TEST(DeliveryOrders, EntriesThatComeLaterChangeNothingOfThat) {
  expect_promises({.entries = 2, .entries_max = 3, .orders_max = 0, .extras_max = 0}, 1'000U);
}

// Goal: what the receiver tells to have is not sent again after a restart, although the cursor was
// not saved yet, or the answer was lost. Method: as above.
TEST(DeliveryOrders, NothingComesAgainThatTheReceiverTellsToHave) {
  expect_promises({.entries = 2, .entries_max = 3, .orders_max = 0, .extras_max = 0, .asks = true},
                  1'000U);
}

TEST(DeliveryOrders, AskingFirstKeepsThePromisesOfCommandsToo) {
  expect_promises({.entries = 2, .entries_max = 2, .orders_max = 1, .extras_max = 0, .asks = true},
                  10'000U);
}

TEST(DeliveryOrders, TwoCommandsAtOnceKeepThemToo) {
  expect_promises({.entries = 1, .entries_max = 1, .orders_max = 2, .extras_max = 0}, 10'000U);
}

}  // namespace
}  // namespace cw::notifier::test
