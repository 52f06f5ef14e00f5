// Goal: no order of success, failure, refusal, trouble, stop and restart loses an entry, sends out
// of turn or gets stuck. Method: walk every sequence of outcomes up to a depth over a model of the
// feed (entries, cursor, saved cursor, receiver) and check the invariants at each step; from each
// end go on with nothing but good outcomes and see that everything arrives.
#include "notifier/delivery_fsm.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cw::notifier {
namespace {

using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;
using PassOver = DeliveryAction::PassOver;

constexpr DeliveryOptions kOptions{
    .batch_entries_max = 2, .circuit_failures = 2, .refused_in_row_max = 1};
constexpr int kEntriesMax = 4;
constexpr int kDepth = 8;

DeliveryFsm make_fsm(bool disabled) {
  return DeliveryFsm{kOptions, [] { return 0.5; }, disabled};
}

/// One process' delivery together with the world around it.
struct World {
  DeliveryFsm fsm = make_fsm(/*disabled=*/false);
  DeliveryAction action = fsm.resume({.kind = Kind::kStart});
  int entries = 3;  ///< Written so far; numbered from 1.
  int cursor = 0;
  int saved = 0;
  std::vector<int> batch;     ///< Entries of the batch at hand.
  std::set<int> passed_over;  ///< Refused alone, their fate open.
  std::vector<bool> done = std::vector<bool>(kEntriesMax + 1, false);  ///< Received, or given up.
  bool disabled_saved = false;
  bool stop = false;
  std::string trace;

  [[nodiscard]] int pending() const { return entries - cursor; }

  void resume(const DeliveryEvent& event, std::string_view what) {
    trace += std::string{what} + " ";
    const Do before = action.kind;
    action = fsm.resume(event);
    check(before, event.kind);
  }

  void check(Do before, Kind event) const {
    if (event == Kind::kAccepted || event == Kind::kBuiltEmpty) {
      EXPECT_EQ(action.kind, Do::kSave) << "what was accepted is saved: " << trace;
    }
    if (stop && before != Do::kEnd) {
      EXPECT_TRUE(action.kind == Do::kEnd || action.kind == Do::kSave)
          << "nothing new after a stop: " << trace;
    }
    if (action.kind == Do::kBuild && action.pass_over == PassOver::kAdd) {
      EXPECT_EQ(batch.size(), 1U) << "an entry is passed over alone: " << trace;
    }
    if (action.kind == Do::kSend) {
      EXPECT_FALSE(fsm.disabled()) << trace;
      EXPECT_FALSE(batch.empty()) << trace;
    }
    if (action.kind == Do::kBuild) {
      EXPECT_GE(action.entries_max, 1U) << trace;
    }
    for (int i = 1; i <= cursor; ++i) {
      EXPECT_TRUE(done[static_cast<std::size_t>(i)]) << "entry " << i << " was lost: " << trace;
    }
  }

  void advance(int through) {
    while (cursor < through) done[static_cast<std::size_t>(++cursor)] = true;
  }

  // Outcomes of kBuild; what is passed over changes with each.
  void begin_build() {
    if (action.pass_over == PassOver::kForget) passed_over.clear();
    if (action.pass_over == PassOver::kAdd) passed_over.insert(batch.begin(), batch.end());
    batch.clear();
  }
  void built() {
    begin_build();
    for (int i = cursor + 1; i <= entries && batch.size() < action.entries_max; ++i) {
      if (!passed_over.contains(i)) batch.push_back(i);
    }
    if (batch.empty()) return resume({.kind = Kind::kNothing}, "nothing");
    resume({.kind = Kind::kBuilt, .count = batch.size()}, "built");
  }
  void built_empty() {
    begin_build();
    if (!passed_over.empty()) return resume({.kind = Kind::kNothing}, "nothing_to_send");
    advance(cursor + 1);
    resume({.kind = Kind::kBuiltEmpty}, "empty");
  }
  void not_built(Kind kind, std::string_view what) {
    begin_build();
    happens(kind, what);
  }
  // Outcomes of kSend. Only here entries that were passed over are given up.
  void accepted(std::size_t count) {
    advance(batch[count - 1]);
    passed_over.clear();
    resume({.kind = Kind::kAccepted, .count = count}, "accepted" + std::to_string(count));
  }
  void happens(Kind kind, std::string_view what) {
    resume({.kind = kind, .error = {Errc::kRemoteRefused, "x"}}, what);
  }
  // Outcomes of kSave.
  void saved_well() {
    saved = cursor;
    disabled_saved = fsm.disabled();
    happens(Kind::kSaved, "saved");
  }
  void stopped() {
    stop = true;
    fsm.request_stop();
    trace += "stop ";
    if (action.kind == Do::kWait) happens(Kind::kWork, "woken");
  }
  /// Another process goes on from what was saved; the receiver keeps what it has.
  void restarted() {
    trace += "restart ";
    fsm = make_fsm(disabled_saved);
    cursor = saved;
    batch.clear();
    passed_over.clear();
    stop = false;
    action = fsm.resume({.kind = Kind::kStart});
  }
};

using Step = std::function<void(World&)>;

void add_build_steps(const World& world, std::vector<Step>& steps) {
  steps.emplace_back([](World& w) { w.built(); });
  steps.emplace_back([](World& w) { w.not_built(Kind::kTrouble, "trouble"); });
  if (world.pending() == 0) return;
  steps.emplace_back([](World& w) { w.built_empty(); });
  steps.emplace_back([](World& w) { w.not_built(Kind::kKeyMissing, "key_missing"); });
}

void add_send_steps(const World& world, std::vector<Step>& steps) {
  for (std::size_t count = 1; count <= world.batch.size(); ++count) {
    steps.emplace_back([count](World& w) { w.accepted(count); });
  }
  steps.emplace_back([](World& w) { w.happens(Kind::kFailed, "failed"); });
  steps.emplace_back([](World& w) { w.happens(Kind::kRefused, "refused"); });
  steps.emplace_back([](World& w) { w.happens(Kind::kGone, "gone"); });
  steps.emplace_back([](World& w) { w.happens(Kind::kTrouble, "trouble"); });
}

void add_wait_steps(const World& world, std::vector<Step>& steps) {
  if (world.action.pause) steps.emplace_back([](World& w) { w.happens(Kind::kTimer, "timer"); });
  if (world.action.wakes_on_settings) {
    steps.emplace_back([](World& w) { w.happens(Kind::kSettings, "settings"); });
  }
  if (world.action.wakes_on_work) {
    if (world.entries < kEntriesMax) {
      steps.emplace_back([](World& w) {
        ++w.entries;
        w.happens(Kind::kWork, "entry");
      });
    }
    steps.emplace_back([](World& w) { w.happens(Kind::kWork, "work"); });
  }
}

std::vector<Step> steps_from(const World& world) {
  std::vector<Step> steps;
  switch (world.action.kind) {
    case Do::kBuild:
      add_build_steps(world, steps);
      break;
    case Do::kSend:
      add_send_steps(world, steps);
      break;
    case Do::kSave:
      steps.emplace_back([](World& w) { w.saved_well(); });
      steps.emplace_back([](World& w) { w.happens(Kind::kSaveFailed, "save_failed"); });
      break;
    case Do::kWait:
      add_wait_steps(world, steps);
      break;
    case Do::kEnd:
      break;
  }
  if (world.action.kind != Do::kEnd && !world.stop) {
    steps.emplace_back([](World& w) { w.stopped(); });
  }
  steps.emplace_back([](World& w) { w.restarted(); });
  return steps;
}

/// One good outcome; false if there is nothing left to happen.
bool go_well(World& world) {
  switch (world.action.kind) {
    case Do::kBuild:
      world.built();
      return true;
    case Do::kSend:
      world.accepted(world.batch.size());
      return true;
    case Do::kSave:
      world.saved_well();
      return true;
    case Do::kWait:
      if (world.action.pause) {
        world.happens(Kind::kTimer, "timer");
      } else if (world.fsm.phase() == DeliveryPhase::kIdle) {
        return false;
      } else {
        world.happens(world.action.wakes_on_work ? Kind::kWork : Kind::kSettings, "mended");
      }
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
  for (int i = 0; i < 60 && go_well(world); ++i) continue;
  EXPECT_EQ(world.fsm.phase(), DeliveryPhase::kIdle) << world.trace;
  EXPECT_EQ(world.cursor, world.entries) << world.trace;
  EXPECT_EQ(world.saved, world.entries) << world.trace;
  EXPECT_FALSE(world.fsm.disabled()) << world.trace;
}

void walk(const World& world, int depth, std::uint64_t& leaves) {
  if (testing::Test::HasFailure()) return;
  if (depth == 0) {
    ++leaves;
    return expect_all_arrives(world);
  }
  for (const Step& step : steps_from(world)) {
    World next = world;
    step(next);
    walk(next, depth - 1, leaves);
  }
}

TEST(DeliveryOrders, EveryOrderOfOutcomesKeepsThePromises) {
  std::uint64_t leaves = 0;
  walk(World{}, kDepth, leaves);
  RecordProperty("orders", std::to_string(leaves));
  EXPECT_GT(leaves, 10'000U);
}

}  // namespace
}  // namespace cw::notifier
