#include "notifier/backoff.hpp"

#include "notifier/retry_after.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;

constexpr BackoffOptions kOptions{.base = 1s, .max = 5min};
constexpr double kHighest = 1.0;

TEST(Backoff, TheCeilingDoublesWithEachFailureUpToTheCap) {
  EXPECT_EQ(backoff(kOptions, 1, 0ms, kHighest), 1s);
  EXPECT_EQ(backoff(kOptions, 2, 0ms, kHighest), 2s);
  EXPECT_EQ(backoff(kOptions, 9, 0ms, kHighest), 256s);
  EXPECT_EQ(backoff(kOptions, 10, 0ms, kHighest), 5min);
  EXPECT_EQ(backoff(kOptions, 4'000'000'000U, 0ms, kHighest), 5min);
}

TEST(Backoff, TheDiceSpreadItOverTheWholeRange) {
  EXPECT_EQ(backoff(kOptions, 3, 0ms, 0.0), 0ms);
  EXPECT_EQ(backoff(kOptions, 3, 0ms, 0.5), 2s);
}

TEST(Backoff, RetryAfterIsAFloorEvenAboveTheCap) {
  EXPECT_EQ(backoff(kOptions, 1, 1h, kHighest), 1h);
  EXPECT_EQ(backoff(kOptions, 5, 3s, kHighest), 16s);
}

TEST(Backoff, ABaseAboveTheCapIsCut) {
  EXPECT_EQ(backoff({.base = 10s, .max = 2s}, 1, 0ms, kHighest), 2s);
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  const Instant now = parse_instant("1994-11-06T08:49:00Z").value();

  EXPECT_EQ(parse_retry_after("0", now, 24h), 0ms);
  EXPECT_EQ(parse_retry_after("120", now, 24h), 120s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now, 24h), 37s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now, 24h), 0ms) << "a past date";
}

TEST(RetryAfter, IsBounded) {
  const Instant now = parse_instant("1994-11-06T08:49:00Z").value();

  EXPECT_EQ(parse_retry_after("31536000", now, 24h), 24h);
  EXPECT_EQ(parse_retry_after("99999999999999999999999999", now, 24h), 24h);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now, 24h), 24h);
}

TEST(RetryAfter, RubbishIsNothing) {
  const Instant now = parse_instant("1994-11-06T08:49:00Z").value();

  for (const std::string_view text : {"",
                                      "soon",
                                      "-1",
                                      "1.5",
                                      "12 ",
                                      " 12",
                                      "0x10",
                                      "Sun, 06 Foo 1994 08:49:37 GMT",
                                      "Sun, 31 Feb 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 25:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov -994 08:49:37 GMT",
                                      "-99999999999999999999999999"}) {
    EXPECT_EQ(parse_retry_after(text, now, 24h), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cw::notifier
