#include "matcher/engine/partition_state.hpp"

#include "lib/codec/report_codec.hpp"
#include "random_history.hpp"
#include "state_recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <variant>

namespace cw::matcher {
namespace {

using test::History;
using test::HistoryGenerator;

Instant known_from(const Input& input) {
  if (const auto* exposure = std::get_if<ExposureRecord>(&input)) return exposure->received_at;
  if (const auto* report = std::get_if<ReportRevision>(&input)) return report->received_at;
  if (const auto* answer = std::get_if<IssuerAnswer>(&input)) return answer->received_at;
  const auto& control = std::get<ControlRecord>(input);
  if (const auto* incident = std::get_if<Incident>(&control)) return incident->effective_at;
  if (const auto* scope = std::get_if<ScopeRevision>(&control)) return scope->effective_at;
  return std::get<Issuer>(control).effective_at;
}

std::vector<Input> inputs_of(const History& history) {
  std::vector<Input> inputs;
  for (const auto& record : history.exposures) inputs.emplace_back(record);
  for (const auto& report : history.reports) inputs.emplace_back(report);
  for (const auto& answer : history.answers) inputs.emplace_back(answer);
  for (const auto& record : test::control_of(history)) inputs.emplace_back(record);
  return inputs;
}

/// The history with the hashes that the codec gives, by which R8 decides.
History hashed(History history) {
  for (auto& report : history.reports) report.content_hash = codec::content_hash(report);
  return history;
}

/// The pure function on the set.
Readers expected(const History& history) {
  Control control;
  for (const auto& record : test::control_of(history)) control.apply(record);
  std::map<CardRef, CardInputs> cards;
  for (const auto& record : history.exposures) {
    EXPECT_TRUE(cards[record.card].add(record).has_value());
  }
  for (const auto& report : history.reports) {
    EXPECT_TRUE(cards[report.home()].add(report).has_value());
  }
  for (const auto& answer : history.answers) {
    EXPECT_TRUE(cards[answer.card].add(answer).has_value());
  }
  Readers readers;
  for (const auto& [card, inputs] : cards) {
    const auto result = derive(inputs, control);
    for (const auto& fact : result.facts) readers.facts.insert({{card, fact.id}, fact});
    if (result.entry) readers.entries.insert({{result.entry->issuer, card}, *result.entry});
  }
  return readers;
}

void restore(PartitionState& state, const Input& input) {
  std::vector<AttributeView> attributes;
  if (const auto* exposure = std::get_if<ExposureRecord>(&input)) {
    state.restore(view_of(*exposure, attributes));
  } else if (const auto* report = std::get_if<ReportRevision>(&input)) {
    state.restore(view_of(*report));
  } else if (const auto* answer = std::get_if<IssuerAnswer>(&input)) {
    state.restore(*answer);
  } else {
    state.restore(std::get<ControlRecord>(input));
  }
}

/// What a mirror on disk holds.
class MemoryMirror : public StateSink {
 public:
  void symbol(std::uint32_t id, std::string_view text) override { symbols_[id] = text; }
  void control(std::uint32_t number, std::string_view json) override { control_[number] = json; }
  void card(const CardRef& card, std::string_view blob) override { cards_[card] = blob; }
  void erased(const CardRef& card) override { cards_.erase(card); }

  void load(PartitionState& state) const {
    state.expect(cards_.size());
    for (const auto& [id, text] : symbols_) ASSERT_TRUE(state.load_symbol(id, text));
    for (const auto& [number, json] : control_) ASSERT_TRUE(state.load_control(number, json));
    for (const auto& [card, blob] : cards_) ASSERT_TRUE(state.load_card(card, blob));
    state.loaded();
  }

 private:
  std::map<std::uint32_t, std::string> symbols_;
  std::map<std::uint32_t, std::string> control_;
  std::map<CardRef, std::string> cards_;
};

std::uint64_t base_seed() {
  const char* text = std::getenv("CW_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 20090911;
}

/// A partition with its mirror, taken through one arrival of a history: some inputs come twice,
/// batches are of random size, some are aborted and come again, and at random moments the process
/// dies and starts from the mirror, or from the inputs alone.
class Arrival {
 public:
  explicit Arrival(HistoryGenerator& random) : random_(random) { start(); }

  void play(std::vector<Input> inputs) {
    inputs_ = std::move(inputs);
    std::size_t done = 0;
    while (done < inputs_.size()) {
      const auto size = std::min<std::size_t>(1 + random_.below(5), inputs_.size() - done);
      for (std::size_t at = done; at < done + size; ++at) {
        ASSERT_TRUE(fold(*state_, inputs_[at], recorder));
      }
      if (random_.chance(20)) {
        state_->rollback();
        recorder.drop();
      } else {
        state_->commit();
        recorder.commit();
        done += size;
      }
      if (random_.chance(30)) {
        state_->changes(mirror_);
        mirrored_ = done;
      }
      if (random_.chance(5)) restart(done);
    }
    state_->commit();
  }

  /// The state built from the inputs alone.
  [[nodiscard]] std::string hash_of_inputs() const {
    PartitionState fresh;
    for (const auto& input : inputs_) test_restore(fresh, input);
    return fresh.hash();
  }
  [[nodiscard]] const PartitionState& state() const { return *state_; }

  Recorder recorder;

 private:
  static void test_restore(PartitionState& state, const Input& input) {
    restore(state, input);
    state.commit();
  }

  void start() {
    state_ = std::make_unique<PartitionState>();
    state_->track_changes(true);
  }

  void restart(std::size_t done) {
    const bool from_mirror = random_.chance(50);
    start();
    if (from_mirror) mirror_.load(*state_);
    for (auto at = from_mirror ? mirrored_ : 0; at < done; ++at) restore(*state_, inputs_[at]);
    state_->commit();
    if (from_mirror) return;
    mirror_ = {};
    state_->everything(mirror_);
    mirrored_ = done;
  }

  HistoryGenerator& random_;
  std::unique_ptr<PartitionState> state_;
  MemoryMirror mirror_;
  std::size_t mirrored_ = 0;  ///< Inputs that the mirror holds.
  std::vector<Input> inputs_;
};

std::vector<Input> arrival_of(const History& history, HistoryGenerator& random) {
  auto inputs = inputs_of(history);
  const auto unique = inputs.size();
  for (std::size_t at = 0; at < unique; ++at) {
    if (random.chance(30)) inputs.push_back(inputs[at]);
  }
  std::shuffle(inputs.begin(), inputs.end(), random.engine());
  // In every other arrival all comes at its time: that is what the quick paths are for.
  if (random.chance(50)) {
    std::stable_sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) {
      return known_from(a) < known_from(b);
    });
  }
  return inputs;
}

// Goal: rules.md R25, and that a state from a mirror is the state from the inputs.
TEST(PartitionState, EveryArrivalOfAHistoryEndsInTheSameFactsAndEntries) {
  constexpr std::uint64_t kHistories = 4'000;
  constexpr std::uint8_t kCards = 4;
  const auto first = base_seed();
  std::cout << "seeds " << first << " to " << first + kHistories - 1 << '\n';
  for (auto seed = first; seed < first + kHistories; ++seed) {
    SCOPED_TRACE("CW_SEED=" + std::to_string(seed));
    HistoryGenerator random{seed};
    const auto history =
        hashed(random.chance(50) ? random.make(kCards) : random.make_with_moves(kCards));
    Arrival arrival{random};
    ASSERT_NO_FATAL_FAILURE(arrival.play(arrival_of(history, random)));
    ASSERT_EQ(arrival.recorder.readers, expected(history));
    ASSERT_EQ(arrival.recorder.retractions_of_nothing, 0);
    ASSERT_EQ(arrival.recorder.wrong_operations, 0);
    if (seed % 8 == 0) {
      ASSERT_EQ(arrival.state().hash(), arrival.hash_of_inputs());
    }
  }
}

TEST(PartitionState, RepeatsEmitNothing) {
  HistoryGenerator random{base_seed()};
  for (int round = 0; round < 100; ++round) {
    const auto inputs = inputs_of(hashed(random.make(4)));
    PartitionState state;
    Recorder recorder;
    for (const auto& input : inputs) ASSERT_TRUE(fold(state, input, recorder));
    state.commit();
    recorder.commit();
    for (const auto& input : inputs) ASSERT_TRUE(fold(state, input, recorder));
    ASSERT_EQ(recorder.pending(), 0U);
  }
}

TEST(PartitionState, CountsUnassignedCardsWithEveryChange) {
  HistoryGenerator random{base_seed()};
  for (int round = 0; round < 200; ++round) {
    auto inputs = inputs_of(hashed(random.make(4)));
    std::shuffle(inputs.begin(), inputs.end(), random.engine());
    PartitionState state;
    Recorder recorder;
    for (const auto& input : inputs) {
      ASSERT_TRUE(fold(state, input, recorder));
      random.chance(20) ? state.rollback() : state.commit();
      const auto counted = state.unassigned();
      state.loaded();
      ASSERT_EQ(counted, state.unassigned());
    }
  }
}

TEST(PartitionState, ReportsOfOneRevisionWithOtherContentAreRefused) {
  HistoryGenerator random{base_seed()};
  auto history = random.make(4);
  while (history.reports.empty()) history = random.make(4);
  const Input first = history.reports.front();
  auto other = history.reports.front();
  other.received_at += std::chrono::seconds{1};
  other.mcc = other.mcc == "5999" ? "5411" : "5999";
  PartitionState state;
  Recorder recorder;
  ASSERT_TRUE(fold(state, first, recorder));
  ASSERT_TRUE(fold(state, other, recorder));
  EXPECT_EQ(recorder.refusals, std::vector<Errc>{Errc::kConflict});
}

// Goal: what a state remembers to save work does not outlive the control it was found under.
// Method: all control comes while the state is restored, partly from a mirror; the rest is live.
TEST(PartitionState, ControlThatIsRestoredUnderCardsLeavesNoStaleHints) {
  constexpr std::uint64_t kHistories = 1'500;
  const auto first = base_seed();
  std::cout << "seeds " << first << " to " << first + kHistories - 1 << '\n';
  for (auto seed = first; seed < first + kHistories; ++seed) {
    SCOPED_TRACE("CW_SEED=" + std::to_string(seed));
    HistoryGenerator random{seed};
    const auto history = hashed(random.make(4));
    auto inputs = inputs_of(history);
    const auto control =
        std::stable_partition(inputs.begin(), inputs.end(), [](const Input& input) {
          return !std::holds_alternative<ControlRecord>(input);
        });
    std::stable_sort(inputs.begin(), control, [](const Input& a, const Input& b) {
      return known_from(a) < known_from(b);
    });
    const auto live =
        inputs.begin() +
        random.below(static_cast<std::uint32_t>(std::distance(inputs.begin(), control) + 1));
    // Another lane did the first part: live, mirrored, then control; we restore that control only.
    auto state = std::make_unique<PartitionState>();
    state->track_changes(true);
    Recorder recorder;
    for (auto at = inputs.begin(); at != live; ++at) ASSERT_TRUE(fold(*state, *at, recorder));
    state->commit();
    recorder.commit();
    MemoryMirror mirror;
    state->changes(mirror);
    for (auto at = control; at != inputs.end(); ++at) ASSERT_TRUE(fold(*state, *at, recorder));
    state->commit();
    recorder.commit();
    state = std::make_unique<PartitionState>();
    mirror.load(*state);
    for (auto at = control; at != inputs.end(); ++at) restore(*state, *at);
    state->commit();
    for (auto at = live; at != control; ++at) ASSERT_TRUE(fold(*state, *at, recorder));
    state->commit();
    recorder.commit();
    ASSERT_EQ(recorder.readers, expected(history));
    ASSERT_EQ(recorder.wrong_operations, 0);
  }
}

TEST(PartitionState, ACopyFiledUnderItsOwnCardIsTheReport) {
  HistoryGenerator random{base_seed()};
  for (int round = 0; round < 200; ++round) {
    auto history = hashed(random.make(4));
    for (auto& report : history.reports) report.filed_under = report.card;
    auto inputs = inputs_of(history);
    std::stable_sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) {
      return known_from(a) < known_from(b);
    });
    PartitionState state;
    Recorder recorder;
    for (const auto& input : inputs) ASSERT_TRUE(fold(state, input, recorder));
    state.commit();
    recorder.commit();
    ASSERT_EQ(recorder.readers, expected(history));
  }
}

TEST(PartitionState, HashTellsStatesApart) {
  HistoryGenerator random{base_seed()};
  auto history = random.make(4);
  while (history.reports.empty()) history = random.make(4);
  PartitionState all;
  PartitionState one_less;
  const auto inputs = inputs_of(hashed(history));
  for (const auto& input : inputs) restore(all, input);
  all.commit();
  history.reports.pop_back();
  for (const auto& input : inputs_of(hashed(history))) restore(one_less, input);
  one_less.commit();
  EXPECT_NE(all.hash(), one_less.hash());
}

}  // namespace
}  // namespace cw::matcher
