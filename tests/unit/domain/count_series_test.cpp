#include "lib/domain/count_series.hpp"

#include "domain_samples.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/provisional.hpp"
#include "random_facts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace cw {
namespace {

using namespace test;

FactBook random_book(FactGenerator& random, std::uint32_t facts) {
  FactBook book;
  for (std::uint32_t i = 0; i < facts; ++i) book.put(random.fact());
  return book;
}

using Rows = std::map<std::vector<std::string>, std::uint64_t>;

Rows rows_of(const std::vector<CountRow>& list) {
  Rows rows;
  for (const auto& row : list) rows[row.key] = row.count;
  return rows;
}

/// Those that count; a series shows also those that have just gone.
Rows rows_of(const std::vector<SeriesRow>& list) {
  Rows rows;
  for (const auto& row : list) {
    if (row.count != 0) rows[row.key] = row.count;
  }
  return rows;
}

/// Each point must be what count() says of its last day, and each change the difference.
void expect_points_equal_counts(const FactBook& book, const SeriesQuery& query) {
  const auto points = count_series(book, query).value();
  std::int64_t before = 0;
  Rows rows_before;
  for (const auto& point : points) {
    auto alone = query.count;
    alone.as_of = point.to;
    alone.known_at = point.known_at;
    const auto expected = count(book, alone);
    ASSERT_EQ(point.figure, expected.figure) << format_day(point.to);
    ASSERT_EQ(point.change, static_cast<std::int64_t>(expected.figure) - before);
    ASSERT_EQ(rows_of(point.rows), rows_of(expected.rows.list())) << format_day(point.to);
    for (const auto& row : point.rows) {
      ASSERT_EQ(
          row.change,
          static_cast<std::int64_t>(row.count) - static_cast<std::int64_t>(rows_before[row.key]));
    }
    before = static_cast<std::int64_t>(expected.figure);
    rows_before = rows_of(expected.rows.list());
  }
}

// Goal: one pass gives what a count for each point gives. Method: colliding random facts, queries
// of every unit and breakdown, each step, fixed known-at and known at each day's end.
TEST(CountSeries, EveryPointEqualsTheCountOfItsDay) {
  for (std::uint32_t seed = 1; seed <= 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FactGenerator random{seed};
    const auto book = random_book(random, 1 + random.below(150));
    SeriesQuery query;
    query.count = random.query();
    query.step = static_cast<SeriesStep>(random.below(3));
    query.known = static_cast<SeriesKnown>(random.below(2));
    query.now = random.below(2) == 0 ? random.instant() : at("2009-12-01T00:00:00Z");
    if (query.known == SeriesKnown::kEach) query.count.known_at.reset();
    expect_points_equal_counts(book, query);
    if (HasFatalFailure()) return;
  }
}

std::vector<std::string> steps(SeriesStep step, std::string_view since, std::string_view as_of) {
  SeriesQuery query;
  query.count.since = day(since);
  query.count.as_of = day(as_of);
  query.step = step;
  std::vector<std::string> texts;
  const auto points = count_series(FactBook{}, query).value();
  for (const auto& point : points) {
    texts.push_back(format_day(point.from) + ".." + format_day(point.to));
  }
  return texts;
}

TEST(CountSeries, WeeksEndOnSundayAndMonthsOnTheirLastDay) {
  EXPECT_EQ(steps(SeriesStep::kWeek, "2009-07-14", "2009-07-28"),
            (std::vector<std::string>{
                "2009-07-14..2009-07-19", "2009-07-20..2009-07-26", "2009-07-27..2009-07-28"}));
  EXPECT_EQ(steps(SeriesStep::kMonth, "2012-01-31", "2012-03-01"),
            (std::vector<std::string>{
                "2012-01-31..2012-01-31", "2012-02-01..2012-02-29", "2012-03-01..2012-03-01"}));
  EXPECT_EQ(steps(SeriesStep::kDay, "2009-07-14", "2009-07-15").size(), 2U);
}

TEST(CountSeries, ASeriesWithoutBoundIsRefused) {
  SeriesQuery query;
  query.count.since = day("0001-01-01");
  query.count.as_of = day("9999-12-31");
  const auto points = count_series(FactBook{}, query);
  ASSERT_FALSE(points.has_value());
  EXPECT_EQ(points.error().code, Errc::kBadRequest);
}

TEST(CountSeries, APointKnownAtItsEndIsNeverKnownLaterThanNow) {
  SeriesQuery query;
  query.count.since = day("2009-07-14");
  query.count.as_of = day("2009-07-15");
  query.known = SeriesKnown::kEach;
  query.now = at("2009-07-15T12:00:00Z");
  const auto points = count_series(FactBook{}, query).value();
  EXPECT_EQ(points.at(0).known_at, at("2009-07-14T23:59:59.999Z"));
  EXPECT_EQ(points.at(1).known_at, query.now);
}

Fact heard(std::string_view issuer, std::string_view reported, std::string_view received) {
  Fact fact;
  fact.id = {kLeak, IssuerId{std::string(issuer)}, ReportId{std::string(reported)}, at(received)};
  fact.card = card(1);
  fact.reported_at = at(reported);
  fact.received_at = at(received);
  return fact;
}

TEST(Provisional, NamesTheIssuersOfWhichNothingCameAfterTheDay) {
  FactBook book;
  book.put(heard("a-bank", "2009-07-20T00:00:00Z", "2009-07-24T00:00:00Z"));
  book.put(heard("b-bank", "2009-07-20T00:00:00Z", "2009-07-20T01:00:00Z"));
  book.put(heard("b-bank", "2009-07-21T00:00:00Z", "2009-07-21T03:00:00Z"));
  book.put(heard("b-bank", "2009-07-19T00:00:00Z", "2009-07-21T03:00:00Z"));
  const std::vector<IssuerId> issuers{IssuerId{"a-bank"}, IssuerId{"b-bank"}, IssuerId{"c-bank"}};
  const auto end = at("2009-07-23T23:59:59.999Z");

  const auto silent = not_heard_from(book, issuers, std::nullopt, end);
  ASSERT_EQ(silent.size(), 2U);
  EXPECT_EQ(silent[0],
            (NotHeardFrom{IssuerId{"b-bank"},
                          at("2009-07-21T00:00:00Z"),
                          at("2009-07-21T03:00:00Z"),
                          std::chrono::hours{3}}));
  EXPECT_EQ(silent[1], (NotHeardFrom{IssuerId{"c-bank"}, {}, {}, {}}));
}

TEST(Provisional, LooksOnlyAtWhatHadComeByKnownAt) {
  FactBook book;
  book.put(heard("a-bank", "2009-07-20T00:00:00Z", "2009-07-20T00:00:00Z"));
  book.put(heard("a-bank", "2009-07-24T00:00:00Z", "2009-07-24T00:00:00Z"));
  const std::vector<IssuerId> issuers{IssuerId{"a-bank"}};
  const auto end = at("2009-07-21T23:59:59.999Z");
  EXPECT_TRUE(not_heard_from(book, issuers, std::nullopt, end).empty());
  const auto then = not_heard_from(book, issuers, at("2009-07-23T23:59:59.999Z"), end);
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0].last_received_at, at("2009-07-20T00:00:00Z"));
}

TEST(Provisional, AReportReceivedInTheDaysLastInstantIsNotAfterIt) {
  FactBook book;
  const auto* last = "2009-07-21T23:59:59.999Z";
  book.put(heard("a-bank", last, last));
  const std::vector<IssuerId> issuers{IssuerId{"a-bank"}};
  EXPECT_EQ(not_heard_from(book, issuers, std::nullopt, at(last)).size(), 1U);
  book.put(heard("a-bank", last, "2009-07-22T00:00:00Z"));
  EXPECT_TRUE(not_heard_from(book, issuers, std::nullopt, at(last)).empty());
}

NilReturn nil(std::string_view issuer, std::string_view until, std::string_view received) {
  return {.issuer = IssuerId{std::string(issuer)},
          .until = at(until),
          .received_at = at(received),
          .by = Principal{"p"}};
}

TEST(Provisional, AnIssuerThatHadNothingToReportUpToTheDaysEndIsHeardFrom) {
  const FactBook book;
  const std::vector<IssuerId> issuers{IssuerId{"a-bank"}};
  const auto end = at("2009-07-21T23:59:59.999Z");
  NilReturns returns;
  returns.add(nil("a-bank", "2009-07-21T23:59:59.998Z", "2009-07-21T12:00:00Z"));
  const auto silent = not_heard_from(book, issuers, std::nullopt, end, returns);
  ASSERT_EQ(silent.size(), 1U) << "one millisecond is missing";
  EXPECT_EQ(silent[0].nil_until, at("2009-07-21T23:59:59.998Z"));

  returns.add(nil("a-bank", "2009-07-21T23:59:59.999Z", "2009-07-22T12:00:00Z"));
  EXPECT_TRUE(not_heard_from(book, issuers, std::nullopt, end, returns).empty());
  EXPECT_EQ(not_heard_from(book, issuers, at("2009-07-22T11:59:59.999Z"), end, returns).size(), 1U)
      << "as known before it came";
  EXPECT_TRUE(not_heard_from(book, issuers, at("2009-07-22T12:00:00Z"), end, returns).empty());
}

// Goal: what stands is a function of the set. Method: all orders of four records with ties.
TEST(NilReturns, AreAFunctionOfTheirSet) {
  std::vector<NilReturn> records{nil("a", "2009-07-21T00:00:00Z", "2009-07-20T12:00:00Z"),
                                 nil("a", "2009-07-20T00:00:00Z", "2009-07-20T13:00:00Z"),
                                 nil("a", "2009-07-22T00:00:00Z", "2009-07-21T12:00:00Z"),
                                 nil("a", "2009-07-21T00:00:00Z", "2009-07-21T12:00:00Z")};
  std::sort(records.begin(), records.end(), [](const NilReturn& a, const NilReturn& b) {
    return std::pair(a.received_at, a.until) < std::pair(b.received_at, b.until);
  });
  const auto before = [](const NilReturn& a, const NilReturn& b) {
    return std::pair(a.received_at, a.until) < std::pair(b.received_at, b.until);
  };
  do {
    NilReturns returns;
    for (const auto& record : records) returns.add(record);
    returns.add(records.front());
    EXPECT_EQ(returns.last(IssuerId{"a"})->until, at("2009-07-22T00:00:00Z"));
    EXPECT_EQ(returns.last(IssuerId{"a"}, at("2009-07-21T11:00:00Z"))->until,
              at("2009-07-21T00:00:00Z"));
    EXPECT_EQ(returns.last(IssuerId{"a"}, at("2009-07-20T11:00:00Z")), nullptr);
    EXPECT_EQ(returns.last(IssuerId{"b"}), nullptr);
  } while (std::next_permutation(records.begin(), records.end(), before));
}

TEST(Control, ANilReturnIsKeptAndChangesNothingThatMatchingRestsOn) {
  Control control;
  EXPECT_FALSE(control.apply(nil("a", "2009-07-21T00:00:00Z", "2009-07-20T12:00:00Z")));
  ASSERT_NE(control.nil_returns().last(IssuerId{"a"}), nullptr);
}

}  // namespace
}  // namespace cw
