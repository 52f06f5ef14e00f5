// Histories in which reports move between cards (rules.md R10), and what is known when.
#include "domain_samples.hpp"
#include "property_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <variant>

namespace cw {
namespace {

using namespace test;

constexpr std::uint8_t kCards = 3;

// Goal: on every card and at every instant the facts say what rules.md says of whole reports, and
// no report stands on two cards. Method: the naive reading knows no copies and asks each report
// which card its standing revision names.
TEST(MovesProperty, AtEveryInstantAReportStandsOnTheCardItNamesAndOnNoOther) {
  std::size_t moved = 0;
  for_seeds(1500, [&](HistoryGenerator& random) {
    const auto history = random.make_with_moves(kCards);
    std::map<std::uint8_t, CardResult> results;
    for (std::uint8_t number = 1; number <= kCards; ++number) {
      results[number] = derive_card(history, number);
    }
    std::map<std::pair<std::string, std::string>, std::set<std::uint8_t>> ever;
    for (const auto instant : instants_of(history)) {
      for (const auto shift : {-1, 0, 1}) {
        const auto at = instant + std::chrono::milliseconds{shift};
        std::map<std::pair<std::string, std::string>, std::uint8_t> home;
        for (const auto& [number, result] : results) {
          const auto lines = standing_at(result, at);
          ASSERT_EQ(lines, lines_of(naive_state(history, card(number), at)))
              << "card " << int{number} << " at " << format_instant(at);
          for (const auto& [key, line] : lines) {
            const std::pair report{std::get<1>(key), std::get<2>(key)};
            ASSERT_EQ(home.try_emplace(report, number).first->second, number)
                << "active on two cards at " << format_instant(at);
            ever[report].insert(number);
          }
        }
      }
    }
    for (const auto& [report, cards] : ever) moved += cards.size() > 1 ? 1U : 0U;
  });
  EXPECT_GT(moved, 20U) << "the histories must have reports that moved";
  std::cout << moved << " reports stood on more than one card\n";
}

TEST(MovesProperty, TheWatchEntryIsWhatTheRulesSay) {
  for_seeds(2000, [](HistoryGenerator& random) {
    const auto history = random.make_with_moves(kCards);
    for (std::uint8_t number = 1; number <= kCards; ++number) {
      const auto entry = derive_card(history, number).entry;
      const auto expected = naive_entry(history, card(number));
      ASSERT_EQ(entry.has_value(), expected.has_value());
      if (entry) {
        ASSERT_EQ(*entry, *expected);
      }
    }
  });
}

// As RulesProperty.AnyOrderRepetitionAndBatchingEndsTheSame, with copies that come before, after
// and between their originals.
TEST(MovesProperty, AnyOrderRepetitionAndBatchingEndsTheSame) {
  for_seeds(1500, [](HistoryGenerator& random) {
    const auto history = random.make_with_moves(2);
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
      if (const auto* record = std::get_if<ExposureRecord>(&item);
          record && record->card == card(1)) {
        ASSERT_TRUE(card_inputs.add(*record).has_value());
      }
      if (const auto* report = std::get_if<ReportRevision>(&item);
          report && report->home() == card(1)) {
        ASSERT_TRUE(card_inputs.add(*report).has_value());
      }
      if (const auto* answer = std::get_if<IssuerAnswer>(&item);
          answer && answer->card == card(1)) {
        ASSERT_TRUE(card_inputs.add(*answer).has_value());
      }
      if (random.chance(50)) emit();
    }
    emit();
    const auto expected = derive_card(history, 1);
    ASSERT_EQ(emitted, expected);
    ASSERT_EQ(reader.result(), expected);
  });
}

/// What of the history was known at T, with the copies that those reports needed then.
History known_then(const History& history, Instant at) {
  auto known = known_at(history, at);
  std::erase_if(known.reports, [](const auto& report) { return report.filed_under.has_value(); });
  add_copies(known);
  return known;
}

// Goal: what is known at T follows from the inputs received by T. Method: read the facts of all
// inputs at T, and those of the inputs by T; nothing of a standing fact may differ. (Both are read
// at T, because a file's withdrawal can be known before it takes effect.)
TEST(MovesProperty, FactsReadAtAnInstantAreThoseOfTheInputsReceivedByThen) {
  std::size_t compared = 0;
  for_seeds(1000, [&](HistoryGenerator& random) {
    const auto history = random.make_with_moves(kCards);
    std::map<std::uint8_t, CardResult> all;
    for (std::uint8_t number = 1; number <= kCards; ++number) {
      all[number] = derive_card(history, number);
    }
    for (const auto instant : instants_of(history)) {
      const auto known = known_then(history, instant);
      for (const auto& [number, result] : all) {
        ASSERT_EQ(standing_at(result, instant), standing_at(derive_card(known, number), instant))
            << "card " << int{number} << " at " << format_instant(instant);
        ++compared;
      }
    }
  });
  std::cout << compared << " cards compared at an instant\n";
}

// A scope revision after everything else that selects what the one in force selects.
TEST(MovesProperty, AScopeRevisionThatSelectsTheSameCardsChangesNeitherFactsNorEntries) {
  for_seeds(1000, [](HistoryGenerator& random) {
    auto history = random.make_with_moves(kCards);
    std::map<IncidentId, ScopeRevision> last;
    for (const auto& scope : history.scopes) {
      if (scope.state == ScopeState::kApproved) last[scope.incident] = scope;
    }
    auto later = history;
    for (auto& [incident, scope] : last) {
      scope.revision += 10;
      scope.effective_at = at("2009-12-01T00:00:00Z");
      later.scopes.push_back(scope);
    }
    for (std::uint8_t number = 1; number <= kCards; ++number) {
      ASSERT_EQ(derive_card(later, number), derive_card(history, number));
    }
  });
}

}  // namespace
}  // namespace cw
