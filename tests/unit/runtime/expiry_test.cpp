#include "lib/runtime/expiry_monitor.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace cw::runtime {
namespace {

using namespace std::chrono_literals;

const Instant kEnd = parse_instant("2026-12-31T00:00:00Z").value();
constexpr std::chrono::days kDay{1};

std::vector<std::int64_t> days_told(ExpiryWatch& watch, Instant at, Instant end = kEnd) {
  const std::vector<Expiring> all{{"encryption_key", "jcb-a", end}};
  std::vector<std::int64_t> days;
  for (const auto& notice : watch.look(all, at)) days.push_back(notice.days_left);
  return days;
}

using Days = std::vector<std::int64_t>;

TEST(ExpiryWatch, TellsOnceAtEachMark) {
  ExpiryWatch watch;
  Days told;
  for (Instant at = kEnd - 40 * kDay; at < kEnd + 5 * kDay; at += 6h) {
    for (const auto days : days_told(watch, at)) told.push_back(days);
  }
  EXPECT_EQ(told, (Days{30, 14, 7, 1, -1}));
}

TEST(ExpiryWatch, SeenLateItTellsOnceAndNotForEachMarkPassed) {
  ExpiryWatch watch;
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay), Days{5});
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay), Days{});
  EXPECT_EQ(days_told(watch, kEnd - 36h), Days{1});
}

TEST(ExpiryWatch, ADayIsCountedDown) {
  EXPECT_EQ(days_left(kEnd, kEnd - 1ms), 0);
  EXPECT_EQ(days_left(kEnd, kEnd - 24h), 1);
  EXPECT_EQ(days_left(kEnd, kEnd), 0);
  EXPECT_EQ(days_left(kEnd, kEnd + 1ms), -1);
}

TEST(ExpiryWatch, ARenewalBeginsAnew) {
  ExpiryWatch watch;
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay), Days{5});
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay, kEnd + 365 * kDay), Days{});
  EXPECT_EQ(days_told(watch, kEnd + 335 * kDay, kEnd + 365 * kDay), Days{30});
}

TEST(ExpiryWatch, WhatIsGoneIsForgotten) {
  ExpiryWatch watch;
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay), Days{5});
  EXPECT_TRUE(watch.look({}, kEnd - 5 * kDay).empty());
  EXPECT_EQ(days_told(watch, kEnd - 5 * kDay), Days{5});
}

TEST(ExpiryMonitor, ShowsDaysAndRaisesTheAlarm) {
  boost::asio::io_context io;
  telemetry::Registry metrics;
  std::string log;
  const telemetry::LogCapture capture([&log](std::string_view line) { log += line; });
  ExpiryMonitor monitor{io.get_executor(), metrics};
  bool there = true;
  monitor.add([&there] {
    return there ? std::vector<Expiring>{{"encryption_key", "jcb-a", kEnd}}
                 : std::vector<Expiring>{};
  });
  monitor.look(kEnd - 36h);
  const std::string series = R"(cardwatch_expiry_days{issuer="jcb-a",kind="encryption_key"} 1.5)";
  EXPECT_NE(metrics.expose().find(series), std::string::npos) << metrics.expose();
  EXPECT_NE(log.find("\"event\":\"expiry_near\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"days_left\":1"), std::string::npos) << log;
  EXPECT_NE(log.find("\"alarm\":true"), std::string::npos) << log;

  there = false;
  monitor.look(kEnd - 36h);
  EXPECT_EQ(metrics.expose().find("jcb-a"), std::string::npos) << "the issuer left";
  monitor.stop();
  there = true;
  log.clear();
  monitor.look(kEnd);
  EXPECT_TRUE(log.empty()) << "stopped";
}

}  // namespace
}  // namespace cw::runtime
