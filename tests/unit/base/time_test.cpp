#include "lib/base/time.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cw {
namespace {

using std::chrono::milliseconds;

Instant at(std::string_view text) {
  return parse_instant(text).value();
}
Day day(std::string_view text) {
  return parse_day(text).value();
}

TEST(Instant, ReadsRfc3339WithAnOffset) {
  EXPECT_EQ(at("2009-07-23T10:00:00+09:00"), at("2009-07-23T01:00:00Z"));
  EXPECT_EQ(at("2009-07-22T21:30:00-03:30"), at("2009-07-23T01:00:00Z"));
  EXPECT_EQ(at("1970-01-01T00:00:00.001Z").time_since_epoch(), milliseconds{1});
  EXPECT_EQ(at("2009-07-23t01:00:00z"), at("2009-07-23T01:00:00Z"));
}

TEST(Instant, KeepsMillisecondsAndCutsTheRest) {
  EXPECT_EQ(at("2009-07-23T01:00:00.1Z"), at("2009-07-23T01:00:00.100Z"));
  EXPECT_EQ(at("2009-07-23T01:00:00.123999Z"), at("2009-07-23T01:00:00.123Z"));
}

TEST(Instant, IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(format_instant(at("2009-07-23T10:00:00.5+09:00")), "2009-07-23T01:00:00.500Z");
  EXPECT_EQ(format_instant(at("1969-12-31T23:59:59.999Z")), "1969-12-31T23:59:59.999Z");
}

TEST(Instant, RefusesWhatIsNotOne) {
  for (const std::string_view text : {"",
                                      "2009-07-23",
                                      "2009-07-23T01:00:00",
                                      "2009-07-23T01:00Z",
                                      "2009-07-23 01:00:00Z",
                                      "2009-02-29T01:00:00Z",
                                      "2009-13-01T01:00:00Z",
                                      "2009-07-23T24:00:00Z",
                                      "2009-07-23T01:60:00Z",
                                      "2009-07-23T01:00:60Z",
                                      "2009-07-23T01:00:00.Z",
                                      "2009-07-23T01:00:00+0900",
                                      "2009-07-23T01:00:00+24:00",
                                      "2009-07-23T01:00:00Zx",
                                      "2009-07-23T01:00:00+09:00x"}) {
    const auto instant = parse_instant(text);
    ASSERT_FALSE(instant.has_value()) << text;
    EXPECT_EQ(instant.error().code, Errc::kTimestampInvalid);
  }
}

// Goal: the hot path's writer and reader say what the plain ones say. Method: random instants of
// the years 0 to 9999 and the edges of days and years.
TEST(Instant, TheFastFormsAgreeWithThePlainOnes) {
  constexpr std::uint64_t kSeed = 20091;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const Instant first = at("0000-01-01T00:00:00Z");
  const Instant last = at("9999-12-31T23:59:59.999Z");
  std::uniform_int_distribution<std::int64_t> any(first.time_since_epoch().count(),
                                                  last.time_since_epoch().count());
  std::vector<Instant> instants{first, last, Instant{}, Instant{milliseconds{-1}}};
  for (int i = 0; i < 20'000; ++i) instants.emplace_back(milliseconds{any(random)});
  for (const Instant instant : instants) {
    const std::string wanted = format_instant(instant);
    std::string written(kInstantBytes, '?');
    ASSERT_EQ(write_instant(written.data(), instant), written.data() + kInstantBytes);
    ASSERT_EQ(written, wanted);
    ASSERT_EQ(scan_instant(wanted), instant) << wanted;
  }
}

// Method: every character of a time replaced by each of some others; what the scan takes, the
// parser takes, and with the same meaning.
TEST(Instant, TheFastReaderTakesNothingThatTheParserRefuses) {
  const std::string good = "2009-07-23T01:00:00.000Z";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : std::string_view{"0123456789-:.TZz t+/;\x7f"}) {
      std::string text = good;
      text[i] = c;
      const auto scanned = scan_instant(text);
      const auto parsed = parse_instant(text);
      const bool same_form = parsed.has_value() && format_instant(parsed.value()) == text;
      ASSERT_EQ(scanned.has_value(), same_form) << text;
      if (scanned) {
        ASSERT_EQ(*scanned, parsed.value()) << text;
      }
    }
  }
  EXPECT_FALSE(scan_instant(""));
  EXPECT_FALSE(scan_instant("2009-07-23T01:00:00Z"));
  EXPECT_FALSE(scan_instant("2009-07-23T01:00:00.000+00:00"));
}

TEST(Instant, NowIsCutToMillisecondsAndDoesNotStandStill) {
  EXPECT_GT(now(), at("2020-01-01T00:00:00Z"));
}

TEST(Day, ReadsAndWritesIsoDays) {
  EXPECT_EQ(format_day(day("2008-02-29")), "2008-02-29");
  for (const std::string_view text : {"", "2009-02-29", "2009-7-3", "2009-07-23T00", "20090723"}) {
    EXPECT_FALSE(parse_day(text).has_value()) << text;
  }
}

TEST(TimeZone, DefaultIsUtc) {
  const TimeZone utc;
  EXPECT_EQ(utc.name(), "UTC");
  EXPECT_EQ(utc.start_of(day("2009-07-23")), at("2009-07-23T00:00:00Z"));
}

TEST(TimeZone, UnknownNamesAreRefused) {
  const auto zone = TimeZone::find("Asia/Edo");
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().code, Errc::kNotFound);
}

TEST(TimeZone, ADayStartsAtItsMidnightThere) {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  EXPECT_EQ(tokyo.start_of(day("2009-07-23")), at("2009-07-22T15:00:00Z"));
  EXPECT_EQ(tokyo.end_of(day("2009-07-23")), at("2009-07-23T14:59:59.999Z"));
  EXPECT_EQ(tokyo.day_of(at("2009-07-22T14:59:59.999Z")), day("2009-07-22"));
  EXPECT_EQ(tokyo.day_of(at("2009-07-22T15:00:00Z")), day("2009-07-23"));
}

TEST(TimeZone, DaysOfClockChangesAreShorterAndLonger) {
  const auto york = TimeZone::find("America/New_York").value();
  const auto length = [&](std::string_view text) {
    return york.end_of(day(text)) - york.start_of(day(text)) + milliseconds{1};
  };
  EXPECT_EQ(length("2009-03-08"), std::chrono::hours{23});
  EXPECT_EQ(length("2009-03-09"), std::chrono::hours{24});
  EXPECT_EQ(length("2009-11-01"), std::chrono::hours{25});
}

TEST(TimeZone, EveryInstantFallsOnTheDayWhoseBoundsHoldIt) {
  // Sao Paulo had days that began at 01:00, because the clock change skipped midnight.
  for (const auto name : {"America/Sao_Paulo", "Asia/Tokyo", "Australia/Lord_Howe", "UTC"}) {
    const auto zone = TimeZone::find(name).value();
    const auto first = at("2009-01-01T00:00:00Z");
    for (int hour = 0; hour < 366 * 24; ++hour) {
      const auto instant = first + std::chrono::hours{hour};
      const auto its_day = zone.day_of(instant);
      ASSERT_LE(zone.start_of(its_day), instant) << name << ' ' << format_instant(instant);
      ASSERT_GE(zone.end_of(its_day), instant) << name << ' ' << format_instant(instant);
    }
  }
}

}  // namespace
}  // namespace cw
