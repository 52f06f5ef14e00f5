#include "domain_samples.hpp"
#include "lib/domain/control_order.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/derive.hpp"
#include "naive_rules.hpp"
#include "property_support.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <variant>

namespace cw {
namespace {

using namespace test;

// Goal: at every instant the facts say what rules.md says. Method: compare with the naive reading
// at each instant of the history and a millisecond before and after.
TEST(RulesProperty, AtEveryInstantTheFactsSayWhatTheRulesSay) {
  for_seeds(4000, [](HistoryGenerator& random) {
    const auto history = random.make(1);
    const auto result = derive_card(history, 1);
    for (const auto instant : instants_of(history)) {
      for (const auto shift : {-1, 0, 1}) {
        const auto at = instant + std::chrono::milliseconds{shift};
        ASSERT_EQ(standing_at(result, at), lines_of(naive_state(history, card(1), at)))
            << "at " << format_instant(at);
      }
    }
  });
}

TEST(RulesProperty, TheWatchEntryIsWhatTheRulesSay) {
  for_seeds(4000, [](HistoryGenerator& random) {
    const auto history = random.make(1);
    const auto entry = derive_card(history, 1).entry;
    const auto expected = naive_entry(history, card(1));
    ASSERT_EQ(entry.has_value(), expected.has_value());
    if (!entry) return;
    EXPECT_EQ(entry->reasons, expected->reasons);
    EXPECT_EQ(*entry, *expected);
  });
}

// Goal: R22. Method: compare with the same history without answers: facts are the same, and the
// entry is the same or gone. Both must happen.
TEST(RulesProperty, AnswersReleaseCardsAndChangeNoFact) {
  std::size_t released = 0;
  std::size_t kept = 0;
  for_seeds(2000, [&](HistoryGenerator& random) {
    const auto history = random.make(1);
    auto unanswered = history;
    unanswered.answers.clear();
    const auto result = derive_card(history, 1);
    const auto without = derive_card(unanswered, 1);
    ASSERT_EQ(result.facts, without.facts);
    if (!without.entry || history.answers.empty()) return;
    ++(result.entry ? kept : released);
    if (result.entry) {
      ASSERT_EQ(result.entry, without.entry);
    }
  });
  EXPECT_GT(released, 50U);
  EXPECT_GT(kept, 50U);
}

TEST(RulesProperty, FactsAreSortedUniqueAndEachSaysSomethingNew) {
  for_seeds(2000, [](HistoryGenerator& random) {
    const auto facts = derive_card(random.make(1), 1).facts;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const bool first = i == 0 || facts[i - 1].id.incident != facts[i].id.incident ||
                         facts[i - 1].id.issuer != facts[i].id.issuer ||
                         facts[i - 1].id.report != facts[i].id.report;
      if (i > 0) {
        ASSERT_LT(facts[i - 1].id, facts[i].id);
      }
      if (first) {
        ASSERT_TRUE(facts[i].active) << "a report that never stood has no fact";
        continue;
      }
      const auto& before = facts[i - 1];
      ASSERT_FALSE(!before.active && !facts[i].active);
      ASSERT_TRUE(before.active != facts[i].active || before.revision != facts[i].revision ||
                  before.outcome != facts[i].outcome);
    }
  });
}

// Goal: order independence (R25). Method: feed the items in random order, repeated and in batches
// of random size, emit the difference after each batch; the reader of the emissions must end with
// the pure function of the set.
TEST(RulesProperty, AnyOrderRepetitionAndBatchingEndsTheSame) {
  for_seeds(4000, [](HistoryGenerator& random) {
    const auto history = random.make(1);
    const auto expected = derive_card(history, 1);
    const Arrival arrival{history, random};
    CardInputs card_inputs;
    Control folded;
    CardResult emitted;
    EmissionReader reader;
    const auto emit = [&] {
      const auto now = derive(card_inputs, folded);
      reader.take(difference(emitted, now));
      emitted = now;
    };
    for (const auto& item : arrival.items) {
      if (const auto* record = std::get_if<ControlRecord>(&item)) folded.apply(*record);
      if (const auto* record = std::get_if<ExposureRecord>(&item)) {
        ASSERT_TRUE(card_inputs.add(*record).has_value());
      }
      if (const auto* report = std::get_if<ReportRevision>(&item)) {
        ASSERT_TRUE(card_inputs.add(*report).has_value());
      }
      if (const auto* answer = std::get_if<IssuerAnswer>(&item)) {
        ASSERT_TRUE(card_inputs.add(*answer).has_value());
      }
      if (random.chance(50)) emit();
    }
    emit();
    ASSERT_EQ(emitted, expected);
    ASSERT_EQ(reader.result(), expected);
  });
}

// Two different statements with one identity, in every kind of input: the fold must still not
// depend on the order.
TEST(RulesProperty, ConflictingItemsEndTheSameInAnyOrder) {
  for_seeds(2000, [](HistoryGenerator& random) {
    auto history = random.make(1);
    const auto other = random.make(1);
    history.incidents.insert(
        history.incidents.end(), other.incidents.begin(), other.incidents.end());
    history.scopes.insert(history.scopes.end(), other.scopes.begin(), other.scopes.end());
    history.issuers.insert(history.issuers.end(), other.issuers.begin(), other.issuers.end());
    history.exposures.insert(
        history.exposures.end(), other.exposures.begin(), other.exposures.end());
    history.reports.insert(history.reports.end(), other.reports.begin(), other.reports.end());
    history.answers.insert(history.answers.end(), other.answers.begin(), other.answers.end());
    const auto expected = derive_card(history, 1);
    std::shuffle(history.incidents.begin(), history.incidents.end(), random.engine());
    std::shuffle(history.scopes.begin(), history.scopes.end(), random.engine());
    std::shuffle(history.issuers.begin(), history.issuers.end(), random.engine());
    std::shuffle(history.exposures.begin(), history.exposures.end(), random.engine());
    std::shuffle(history.reports.begin(), history.reports.end(), random.engine());
    std::shuffle(history.answers.begin(), history.answers.end(), random.engine());
    ASSERT_EQ(derive_card(history, 1), expected);
  });
}

CountQuery random_query(HistoryGenerator& random, const History& history) {
  CountQuery query;
  query.incident = random.chance(70) ? kLeak : IncidentId{"other"};
  query.time_zone = TimeZone::find(random.chance(50) ? "Asia/Tokyo" : "UTC").value();
  query.unit = static_cast<CountUnit>(random.below(3));
  query.since = day("2009-07-18");
  query.as_of = query.time_zone.day_of(random.instant());
  const auto instants = instants_of(history);
  if (!instants.empty() && random.chance(70)) {
    query.known_at = instants[random.below(static_cast<std::uint32_t>(instants.size()))];
  }
  query.attributable = static_cast<AttributableFilter>(random.below(3));
  if (random.chance(30)) query.outcomes = {static_cast<Outcome>(random.below(5))};
  while (query.by.size() < 3 && random.chance(60)) {
    query.by.push_back(static_cast<CountKey>(random.below(6)));
  }
  return query;
}

TEST(CountsProperty, FigureAndBreakdownEqualTheRecountFromTheInputs) {
  for_seeds(1500, [](HistoryGenerator& random) {
    const auto history = random.make(4);
    const auto book = book_of(history, 4);
    for (int i = 0; i < 6; ++i) {
      const auto query = random_query(random, history);
      const auto result = count(book, query);
      const auto expected = naive_count(history, query);
      ASSERT_EQ(result.figure, expected.figure);
      ASSERT_EQ(counted_set(book, query).size(), result.figure);
      if (query.by.empty()) continue;
      std::map<std::vector<std::string>, std::uint64_t> rows;
      std::uint64_t sum = 0;
      for (const auto& row : result.rows.list()) {
        rows[row.key] = row.count;
        sum += row.count;
      }
      ASSERT_EQ(rows, expected.rows);
      ASSERT_EQ(sum, result.figure) << "the parts sum to the whole";
    }
  });
}

TEST(CountsProperty, EveryDayOfASeriesEqualsTheRecount) {
  for_seeds(150, [](HistoryGenerator& random) {
    const auto history = random.make(5);
    const auto book = book_of(history, 5);
    auto query = random_query(random, history);
    query.by.clear();
    for (const auto unit : {CountUnit::kReports, CountUnit::kCards, CountUnit::kMembers}) {
      query.unit = unit;
      std::uint64_t before = 0;
      for (int offset = 0; offset < 10; ++offset) {
        query.as_of = Day{std::chrono::sys_days{day("2009-07-18")} + std::chrono::days{offset}};
        const auto result = count(book, query);
        ASSERT_EQ(result.figure, naive_count(history, query).figure);
        ASSERT_GE(result.figure, before) << "a cumulative figure falls only with what is known";
        before = result.figure;
      }
    }
  });
}

// Goal: a figure known at T needs nothing of what came after T. Method: derive from the inputs
// known at T alone, and compare with all inputs asked as known at T.
TEST(CountsProperty, KnownAtNeedsNothingThatCameLater) {
  for_seeds(1000, [](HistoryGenerator& random) {
    const auto history = random.make(3);
    const auto instants = instants_of(history);
    if (instants.empty()) return;
    auto query = random_query(random, history);
    query.known_at = instants[random.below(static_cast<std::uint32_t>(instants.size()))];
    const auto book_then = book_of(known_at(history, *query.known_at), 3);
    const auto book_now = book_of(history, 3);
    const auto then = count(book_then, query);
    const auto now = count(book_now, query);
    ASSERT_EQ(then.figure, now.figure);
    ASSERT_EQ(then.rows.list(), now.rows.list());
    ASSERT_EQ(counted_set(book_then, query), counted_set(book_now, query));
  });
}

}  // namespace
}  // namespace cw
