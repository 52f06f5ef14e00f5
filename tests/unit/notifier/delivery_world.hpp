#pragma once

#include "notifier/delivery_fsm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace cw::notifier {

/// All that a machine's future depends on, as text. More failures than open the circuit change
/// nothing but the length of pauses.
struct DeliveryFsmPeek {
  static std::string key(const DeliveryFsm& fsm, std::uint32_t failures_max) {
    std::string key;
    const auto add = [&key](auto value) { key += std::to_string(static_cast<int>(value)) + ","; };
    add(fsm.phase_);
    add(fsm.purpose_);
    for (const bool flag : {fsm.stopping_,
                            fsm.paused_,
                            fsm.save_retry_,
                            fsm.save_failed_,
                            fsm.order_begun_,
                            fsm.extra_last_,
                            fsm.circuit_open_,
                            fsm.asked_,
                            fsm.unsaved_,
                            fsm.resend_,
                            fsm.begin_again_,
                            fsm.owed_.has_value(),
                            fsm.last_error_.has_value()}) {
      add(flag);
    }
    if (fsm.owed_wait_) add(fsm.owed_wait_->first);
    key += "/";
    add(fsm.batch_count_);
    add(fsm.suspects_);
    add(fsm.passed_over_);
    add(std::min(fsm.failures_, failures_max));
    add(fsm.standing_.state);
    add(fsm.standing_.set_by ? static_cast<int>(*fsm.standing_.set_by) : -1);
    for (const FeedOrder& order : fsm.orders_) {
      add(order.kind);
      add(order.set_by);
    }
    return key;
  }
  static bool unsaved(const DeliveryFsm& fsm) { return fsm.unsaved_; }
  static bool order_begun(const DeliveryFsm& fsm) { return fsm.order_begun_; }
  static const std::deque<FeedOrder>& orders(const DeliveryFsm& fsm) { return fsm.orders_; }
};

namespace test {

using Kind = DeliveryEvent::Kind;
using Do = DeliveryAction::Kind;
using PassOver = DeliveryAction::PassOver;
using Order = FeedOrder::Kind;
using codec::FeedSetBy;
using codec::FeedStatus;

inline constexpr DeliveryOptions kOptions{
    .batch_entries_max = 2, .circuit_failures = 2, .refused_in_row_max = 1};

/// How large the model is.
struct Bounds {
  int entries = 2;  ///< At first.
  int entries_max = 2;
  int orders_max = 1;
  int extras_max = 1;
  /// The receiver tells where it stands: each process asks first, and may save later.
  bool asks = false;
};

inline DeliveryFsm make_fsm(FeedStanding standing, bool asks = false) {
  DeliveryOptions options = kOptions;
  options.ask_first = asks;
  return DeliveryFsm{options, [] { return 0.5; }, std::move(standing)};
}

/// One process' delivery together with the world around it.
struct World {
  Bounds bounds;
  DeliveryFsm fsm = make_fsm({});
  DeliveryAction action = fsm.resume({.kind = Kind::kStart});
  int entries = 2;  ///< Written so far; numbered from 1.
  int cursor = 0;
  int saved = 0;
  int held = 0;               ///< The receiver's cursor; its answer may have been lost.
  int asked = 0;              ///< What it told this process, unless the cursor was put back since.
  std::vector<int> batch;     ///< Entries of the batch at hand.
  std::set<int> passed_over;  ///< Refused alone, their fate open.
  std::vector<bool> done = std::vector<bool>(8, false);  ///< Received, or given up.
  FeedStanding standing_saved;
  bool stop = false;
  int orders_given = 0;
  int orders_open = 0;
  int extras_given = 0;
  int extra_messages = 0;  ///< Of the extra work that waits.
  std::string trace;

  [[nodiscard]] int pending() const { return entries - cursor; }
  [[nodiscard]] bool sends(DeliveryPurpose purpose) const {
    return action.kind == Do::kSend && action.purpose == purpose;
  }

  [[nodiscard]] std::string key() const {
    std::string key = DeliveryFsmPeek::key(fsm, kOptions.circuit_failures);
    const auto add = [&key](int value) { key += std::to_string(value) + ","; };
    for (const int value :
         {entries, cursor, saved, held, asked, orders_given, extras_given, extra_messages}) {
      add(value);
    }
    for (const int entry : batch) add(entry);
    key += "/";
    for (const int entry : passed_over) add(entry);
    key += "/";
    for (const bool one : done) key += one ? '1' : '0';
    add(static_cast<int>(standing_saved.state));
    add(standing_saved.set_by ? static_cast<int>(*standing_saved.set_by) : -1);
    add(static_cast<int>(action.pass_over));
    add(static_cast<int>(action.entries_max));
    return key;
  }

  void resume(const DeliveryEvent& event, std::string_view what) {
    trace += std::string{what} + " ";
    const Do before = action.kind;
    fsm.set_extra_waiting(extra_messages > 0);
    action = fsm.resume(event);
    orders_open -= static_cast<int>(fsm.take_outcomes().size());
    // Extra work of a feed that sends nothing is ended, as the worker does.
    if (fsm.disabled() || fsm.phase() == DeliveryPhase::kHeld) extra_messages = 0;
    check(before, event.kind);
    settle();
  }

  /// What waits already interrupts a wait as soon as it begins.
  void settle() {
    if (action.kind != Do::kWait) return;
    if (action.wakes_on_order && fsm.has_orders()) {
      DeliveryEvent event{.kind = Kind::kOrder};
      if (action.pause) event.remaining = std::chrono::milliseconds{5};
      resume(event, "interrupted");
    } else if (action.wakes_on_work && extra_messages > 0) {
      happens(Kind::kWork, "woken");
    }
  }

  void check(Do before, Kind event) const {
    if (event == Kind::kBuiltEmpty || event == Kind::kMoved) {
      EXPECT_EQ(action.kind, Do::kSave) << "a cursor that moved is saved: " << trace;
    }
    if (action.kind == Do::kWait && fsm.phase() != DeliveryPhase::kSaving) {
      const bool soon = fsm.phase() == DeliveryPhase::kIdle && action.pause;
      EXPECT_EQ(DeliveryFsmPeek::unsaved(fsm), soon) << "saved before any wait: " << trace;
    }
    if (stop && before != Do::kEnd) {
      EXPECT_TRUE(action.kind == Do::kEnd || action.kind == Do::kSave)
          << "nothing new after a stop: " << trace;
    }
    if (action.kind == Do::kBuild) check_build();
    if (action.kind == Do::kSend) check_send();
    EXPECT_GE(orders_open, 0) << trace;
    EXPECT_EQ(static_cast<std::size_t>(orders_open), DeliveryFsmPeek::orders(fsm).size())
        << "each order has one outcome: " << trace;
    for (int i = 1; i <= cursor; ++i) {
      EXPECT_TRUE(done[static_cast<std::size_t>(i)]) << "entry " << i << " was lost: " << trace;
    }
  }

  void check_build() const {
    if (action.purpose != DeliveryPurpose::kEntries) return;
    EXPECT_GE(action.entries_max, 1U) << trace;
    if (action.pass_over == PassOver::kAdd) {
      EXPECT_EQ(batch.size(), 1U) << "an entry is passed over alone: " << trace;
    }
  }

  void check_send() const {
    const bool ordered = DeliveryFsmPeek::order_begun(fsm);
    const FeedStatus state = fsm.standing().state;
    switch (action.purpose) {
      case DeliveryPurpose::kEntries:
        EXPECT_FALSE(batch.empty()) << trace;
        EXPECT_GT(batch.front(), asked) << "what the receiver told to have: " << trace;
        EXPECT_EQ(state, FeedStatus::kEnabled) << "a feed that stands still: " << trace;
        EXPECT_FALSE(fsm.circuit_open()) << "nothing but probes: " << trace;
        break;
      case DeliveryPurpose::kExtra:
        EXPECT_GT(extra_messages, 0) << trace;
        EXPECT_EQ(state, FeedStatus::kEnabled) << "a feed that stands still: " << trace;
        EXPECT_FALSE(fsm.circuit_open()) << "nothing but probes: " << trace;
        break;
      case DeliveryPurpose::kProbe:
        EXPECT_NE(state, FeedStatus::kDisabled) << "a disabled feed sends nothing: " << trace;
        EXPECT_TRUE(ordered ||
                    ((fsm.circuit_open() || !fsm.asked()) && state == FeedStatus::kEnabled))
            << trace;
        break;
      case DeliveryPurpose::kNotice:
        EXPECT_TRUE(ordered) << trace;
        EXPECT_NE(fsm.announced().state, state) << "told before it takes effect: " << trace;
        break;
    }
  }

  void advance(int through) {
    while (cursor < through) done[static_cast<std::size_t>(++cursor)] = true;
  }

  // Outcomes of kBuild; what is passed over changes with each.
  void begin_build() {
    if (action.purpose != DeliveryPurpose::kEntries) return batch.clear();
    if (action.pass_over == PassOver::kForget) passed_over.clear();
    if (action.pass_over == PassOver::kAdd) passed_over.insert(batch.begin(), batch.end());
    batch.clear();
  }
  void built() {
    begin_build();
    if (action.purpose == DeliveryPurpose::kExtra && extra_messages == 0) {
      return resume({.kind = Kind::kNothing}, "extra_done");
    }
    if (action.purpose != DeliveryPurpose::kEntries) {
      return resume({.kind = Kind::kBuilt}, "message");
    }
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
  void extra_ended() {
    begin_build();
    extra_messages = 0;
    resume({.kind = Kind::kNothing}, "extra_ended");
  }
  void not_built(Kind kind, std::string_view what) {
    begin_build();
    happens(kind, what);
  }
  // Outcomes of kSend. Only here entries that were passed over are given up.
  void accepted(std::size_t count, bool save_later = false) {
    if (sends(DeliveryPurpose::kExtra)) --extra_messages;
    if (sends(DeliveryPurpose::kProbe) && !fsm.asked()) return told();
    if (!sends(DeliveryPurpose::kEntries)) return happens(Kind::kAccepted, "taken");
    held = std::max(held, batch[count - 1]);
    advance(batch[count - 1]);
    passed_over.clear();
    resume({.kind = Kind::kAccepted, .count = count, .save_later = save_later},
           "accepted" + std::to_string(count));
    if (save_later) return;
    EXPECT_EQ(action.kind, Do::kSave) << "what was accepted is saved: " << trace;
  }
  void told() {
    const bool moves = held > cursor;
    if (moves) advance(held);
    asked = held;
    resume({.kind = Kind::kAccepted, .moved = moves}, "told" + std::to_string(held));
  }
  void answer_lost() {
    held = std::max(held, batch.back());
    happens(Kind::kFailed, "lost");
  }
  void answered_badly(Kind kind, std::string_view what) {
    // The extra work has its answer and is over.
    if (sends(DeliveryPurpose::kExtra) && kind != Kind::kFailed && kind != Kind::kTrouble) {
      extra_messages = 0;
    }
    happens(kind, what);
  }
  void gap(int there) {
    if (sends(DeliveryPurpose::kExtra)) extra_messages = 0;
    resume({.kind = Kind::kGap,
            .error = {Errc::kRemoteRefused, "gap"},
            .through = static_cast<std::uint64_t>(std::max(there, 0)),
            .may_rewind = there >= 0},
           "gap" + std::to_string(there));
  }
  void moved() {
    if (action.through > static_cast<std::uint64_t>(cursor)) {
      return happens(Kind::kMoveFailed, "beyond");
    }
    cursor = static_cast<int>(action.through);
    asked = 0;
    passed_over.clear();
    happens(Kind::kMoved, "moved");
  }
  void happens(Kind kind, std::string_view what) {
    resume({.kind = kind, .error = {Errc::kRemoteRefused, "x"}}, what);
  }
  // Outcomes of kSave.
  void saved_well() {
    saved = cursor;
    standing_saved = fsm.standing();
    happens(Kind::kSaved, "saved");
  }
  void order(FeedOrder order) {
    trace += "order" + std::to_string(static_cast<int>(order.kind)) + " ";
    ++orders_given;
    ++orders_open;
    fsm.add(std::move(order));
    settle();
  }
  void extra() {
    ++extras_given;
    const DeliveryPhase phase = fsm.phase();
    if (phase == DeliveryPhase::kHeld || phase == DeliveryPhase::kPaused ||
        phase == DeliveryPhase::kDisabled) {
      return;
    }
    extra_messages = 1;
    trace += "extra ";
    settle();
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
    fsm = make_fsm(standing_saved, bounds.asks);
    cursor = saved;
    asked = 0;
    batch.clear();
    passed_over.clear();
    stop = false;
    orders_open = 0;
    extra_messages = 0;
    action = fsm.resume({.kind = Kind::kStart});
  }
};

}  // namespace test
}  // namespace cw::notifier
