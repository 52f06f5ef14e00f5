#include "domain_samples.hpp"
#include "lib/domain/counts.hpp"
#include "naive_counts.hpp"
#include "random_facts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace cw {
namespace {

using namespace test;

/// Both hold the same facts, after any mixture of new, changed, repeated and retracted ones.
struct Pair {
  FactBook book;
  NaiveFacts naive;

  void put(const Fact& fact) {
    book.put(fact);
    naive.put(fact);
  }
  void retract(const Fact& fact) {
    book.retract(fact.id, fact.card);
    naive.retract(fact);
  }
};

void fill(Pair& pair, FactGenerator& random, std::uint32_t steps) {
  for (std::uint32_t i = 0; i < steps; ++i) {
    if (random.below(3) != 0) {
      pair.put(random.fact());
      continue;
    }
    const auto held = pair.naive.all();
    if (held.empty()) continue;
    auto fact = held[random.below(static_cast<std::uint32_t>(held.size()))];
    if (random.below(2) == 0) {
      pair.retract(fact);
    } else {
      auto changed = random.fact();
      changed.id = fact.id;
      changed.card = fact.card;
      pair.put(changed);
    }
  }
}

void expect_equal(const Pair& pair, const CountQuery& query) {
  const auto expected = naive_figure(pair.naive, query);
  const auto result = count(pair.book, query);
  ASSERT_EQ(result.figure, expected.figure);
  ASSERT_EQ(result.rows.list(), expected.rows);
  ASSERT_EQ(counted_set(pair.book, query), expected.set);
}

// Goal: count() is exact whatever the facts' history in the book. Method: facts that collide in all
// ways, put, changed and retracted at random, and queries of every unit, breakdown and known-at,
// each compared with the naive reading of the rules.
TEST(CountsProperty, FigureRowsAndSetEqualTheNaiveRecountAfterAnyChanges) {
  for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FactGenerator random{seed};
    Pair pair;
    fill(pair, random, 1 + random.below(120));
    ASSERT_EQ(pair.book.size(), pair.naive.size());
    for (int i = 0; i < 12; ++i) {
      expect_equal(pair, random.query());
      if (HasFatalFailure()) return;
    }
  }
}

/// Of so many reports that the rows fill several chunks.
auto fact_of_many(FactGenerator& random, std::uint32_t reports) {
  auto fact = random.fact();
  fact.id.report = ReportId{"R-" + std::to_string(random.below(reports))};
  return fact;
}

TEST(CountsProperty, ManyChunksOfRowsAreOneOrder) {
  FactGenerator random{7};
  Pair pair;
  for (std::uint32_t i = 0; i < 6000; ++i) {
    const auto fact = fact_of_many(random, 3000);
    pair.put(fact);
    if (i % 5 == 0) pair.retract(fact);
  }
  for (int i = 0; i < 60; ++i) {
    expect_equal(pair, random.query());
    if (HasFatalFailure()) return;
  }
}

// Goal: a chunk whose bounds spare its columns gives the same rows. Method: facts known soon after
// their reports, so that of many chunks some lie before what is known at an instant, some behind
// and some around it; some are taken away again, which leaves bounds wider than their rows.
TEST(CountsProperty, ChunksBeforeAroundAndBehindTheInstantAreCountedAlike) {
  FactGenerator random{11};
  Pair pair;
  for (std::uint32_t i = 0; i < 8000; ++i) {
    auto fact = fact_of_many(random, 5000);
    fact.id.known_from = fact.reported_at + std::chrono::hours{random.below(48)};
    pair.put(fact);
    if (i % 7 == 0) pair.retract(fact);
  }
  for (int i = 0; i < 60; ++i) {
    auto query = random.query();
    query.known_at = random.instant();
    expect_equal(pair, query);
    if (HasFatalFailure()) return;
  }
}

TEST(CountsProperty, AFactBookGivesBackEveryFactThatStands) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FactGenerator random{seed};
    Pair pair;
    fill(pair, random, 100);
    std::optional<Instant> known_at;
    if (random.below(2) == 0) known_at = random.instant();
    std::map<std::tuple<IssuerId, ReportId, CardRef>, Fact> seen;
    pair.book.for_each_standing(kLeak, known_at, [&](const FactView& view) {
      const auto fact = to_fact(view);
      EXPECT_TRUE(seen.emplace(std::tuple{fact.id.issuer, fact.id.report, fact.card}, fact).second);
    });
    const auto expected = pair.naive.standing(kLeak, known_at);
    ASSERT_EQ(seen.size(), expected.size());
    for (const auto* fact : expected) {
      ASSERT_EQ((seen.at({fact->id.issuer, fact->id.report, fact->card})), *fact);
    }
  }
}

/// Reports that the facts rest on: (issuer, incident, report, received_at, reported_at), each once.
using Reports = std::set<std::tuple<std::string, IncidentId, ReportId, Instant, Instant>>;

Reports reports_of(const NaiveFacts& facts) {
  Reports reports;
  for (const auto& fact : facts.all()) {
    reports.emplace(
        fact.id.issuer.get(), fact.id.incident, fact.id.report, fact.received_at, fact.reported_at);
  }
  return reports;
}

TEST(CountsProperty, WhoWasHeardFromAndTheUsualLagFollowFromTheFactsAlone) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FactGenerator random{seed};
    Pair pair;
    fill(pair, random, 1 + random.below(150));
    const auto at = random.instant();
    for (const std::string issuer : {"jcb-a", "a-bank", "visa-b", "bank.z"}) {
      std::optional<ReportingLog::Heard> last;
      std::vector<std::chrono::milliseconds> lags;
      for (const auto& [who, incident, report, received, reported] : reports_of(pair.naive)) {
        if (who != issuer) continue;
        lags.push_back(received - reported);
        const bool newer =
            !last || std::tie(last->received_at, last->reported_at) < std::tie(received, reported);
        if (received <= at && newer) last = ReportingLog::Heard{received, reported};
      }
      ASSERT_EQ(pair.book.reporting().last(issuer, at), last) << issuer;
      std::sort(lags.begin(), lags.end());
      const auto usual = pair.book.reporting().usual_lag(issuer);
      ASSERT_EQ(usual.has_value(), !lags.empty());
      if (usual) {
        ASSERT_EQ(*usual, lags[(lags.size() - 1) / 2]);
      }
    }
  }
}

}  // namespace
}  // namespace cw
