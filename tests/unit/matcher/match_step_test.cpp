#include "matcher/match_step.hpp"

#include "random_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <utility>

namespace cw::matcher {
namespace {

using test::History;
using test::HistoryGenerator;

/// What readers of the two topics hold: the newest fact of each id, the newest entry of each card
/// and issuer.
struct Readers {
  std::map<std::pair<CardRef, FactId>, Fact> facts;
  std::map<std::pair<IssuerId, CardRef>, WatchEntry> entries;

  friend bool operator==(const Readers&, const Readers&) = default;
};

/// Collects the outputs of a batch; hands them to the readers only when it is committed.
class Recorder : public MatchOutput {
 public:
  Status changed(const Fact& fact) override {
    pending_.emplace_back([fact](Readers& to) {
      to.facts.insert_or_assign({fact.card, fact.id}, fact);
    });
    return Ok{};
  }
  Status retracted(const Fact& fact) override {
    pending_.emplace_back([fact, this](Readers& to) {
      retractions_of_nothing += to.facts.erase({fact.card, fact.id}) == 0 ? 1 : 0;
    });
    return Ok{};
  }
  Status watch(const WatchChange& change) override {
    pending_.emplace_back([change, this](Readers& to) { apply(change, to); });
    return Ok{};
  }
  Status refused(std::size_t /*source*/, const Error& why) override {
    refusals.push_back(why.code);
    return Ok{};
  }

  void commit() {
    for (const auto& output : pending_) output(readers);
    pending_.clear();
  }
  void drop() { pending_.clear(); }
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

  Readers readers;
  std::vector<Errc> refusals;
  int retractions_of_nothing = 0;
  int wrong_operations = 0;  ///< ADDD of what is there, UPDT or DELT of what is not.

 private:
  void apply(const WatchChange& change, Readers& to) {
    const std::pair key{change.entry.issuer, change.entry.card};
    const bool there = to.entries.contains(key);
    wrong_operations += there == (change.op == FeedOp::kAddd) ? 1 : 0;
    if (change.op == FeedOp::kDelt) {
      to.entries.erase(key);
    } else {
      to.entries.insert_or_assign(key, change.entry);
    }
  }

  std::vector<std::function<void(Readers&)>> pending_;
};

std::vector<MatchInput> inputs_of(const History& history) {
  std::vector<MatchInput> inputs;
  for (const auto& record : history.exposures) inputs.push_back({record});
  for (const auto& report : history.reports) inputs.push_back({report});
  for (const auto& record : test::control_of(history)) inputs.push_back({record});
  return inputs;
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
    EXPECT_TRUE(cards[report.card].add(report).has_value());
  }
  Readers readers;
  for (const auto& [card, inputs] : cards) {
    const auto result = derive(inputs, control);
    for (const auto& fact : result.facts) readers.facts.insert({{card, fact.id}, fact});
    if (result.entry) readers.entries.insert({{result.entry->issuer, card}, *result.entry});
  }
  return readers;
}

std::uint64_t base_seed() {
  const char* text = std::getenv("CW_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 20090911;
}

// Goal: rules.md R25. Method: each history is shuffled, some inputs come twice, batches are of
// random size, some are aborted and come again, and at random moments the step is thrown away and
// restored from what was committed, as after a crash.
TEST(MatchStep, EveryArrivalOfAHistoryEndsInTheSameFactsAndEntries) {
  constexpr std::uint64_t kHistories = 1'500;
  constexpr std::uint8_t kCards = 4;
  const auto first = base_seed();
  std::cout << "seeds " << first << " to " << first + kHistories - 1 << '\n';
  for (auto seed = first; seed < first + kHistories; ++seed) {
    SCOPED_TRACE("CW_SEED=" + std::to_string(seed));
    HistoryGenerator random{seed};
    const auto history = random.make(kCards);
    auto inputs = inputs_of(history);
    const auto unique = inputs.size();
    for (std::size_t at = 0; at < unique; ++at) {
      if (random.chance(30)) inputs.push_back(inputs[at]);
    }
    std::shuffle(inputs.begin(), inputs.end(), random.engine());

    auto step = std::make_unique<MatchStep>();
    Recorder recorder;
    std::size_t done = 0;
    while (done < inputs.size()) {
      const auto size = std::min<std::size_t>(1 + random.below(5), inputs.size() - done);
      ASSERT_TRUE(step->apply(std::span{inputs}.subspan(done, size), recorder));
      if (random.chance(20)) {
        step->rollback();
        recorder.drop();
      } else {
        step->commit();
        recorder.commit();
        done += size;
      }
      if (random.chance(5)) {
        step = std::make_unique<MatchStep>();
        for (std::size_t at = 0; at < done; ++at) step->restore(inputs[at]);
        step->recount();
      }
    }
    ASSERT_EQ(recorder.readers, expected(history));
    ASSERT_EQ(recorder.retractions_of_nothing, 0);
    ASSERT_EQ(recorder.wrong_operations, 0);
  }
}

TEST(MatchStep, RepeatsEmitNothing) {
  HistoryGenerator random{base_seed()};
  const auto inputs = inputs_of(random.make(4));
  MatchStep step;
  Recorder recorder;
  ASSERT_TRUE(step.apply(inputs, recorder));
  step.commit();
  recorder.commit();
  ASSERT_TRUE(step.apply(inputs, recorder));
  EXPECT_EQ(recorder.pending(), 0U);
}

TEST(MatchStep, CountsUnassignedCardsWithEveryChange) {
  HistoryGenerator random{base_seed()};
  for (int history = 0; history < 200; ++history) {
    auto inputs = inputs_of(random.make(4));
    std::shuffle(inputs.begin(), inputs.end(), random.engine());
    MatchStep step;
    Recorder recorder;
    for (const auto& input : inputs) {
      ASSERT_TRUE(step.apply(std::span{&input, 1}, recorder));
      step.commit();
      const auto counted = step.unassigned();
      step.recount();
      ASSERT_EQ(counted, step.unassigned());
    }
  }
}

TEST(MatchStep, ReportsOfOneRevisionWithOtherContentAreRefused) {
  HistoryGenerator random{base_seed()};
  auto history = random.make(4);
  while (history.reports.empty()) history = random.make(4);
  auto first = history.reports.front();
  auto second = first;
  second.received_at += std::chrono::seconds{1};
  second.content_hash[0] ^= 1U;
  MatchStep step;
  Recorder recorder;
  const std::vector<MatchInput> inputs{{first}, {second}};
  ASSERT_TRUE(step.apply(inputs, recorder));
  EXPECT_EQ(recorder.refusals, std::vector<Errc>{Errc::kConflict});
}

}  // namespace
}  // namespace cw::matcher
