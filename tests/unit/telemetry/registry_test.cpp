#include "lib/telemetry/registry.hpp"

#include <gtest/gtest.h>

namespace cw::telemetry {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Registry, ExposesCountersWithHelpTypeAndLabels) {
  Registry registry;
  const auto family =
      registry.counters({"cardwatch_deliveries_total", "Deliveries.", {"issuer", "outcome"}});
  family.with({"jcb-a", "accepted"}).add(3);

  const std::string text = registry.expose();
  EXPECT_TRUE(has_line(text, "# HELP cardwatch_deliveries_total Deliveries.")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE cardwatch_deliveries_total counter")) << text;
  EXPECT_TRUE(has_line(text, "cardwatch_deliveries_total{issuer=\"jcb-a\",outcome=\"accepted\"} 3"))
      << text;
}

TEST(Registry, GivesTheSameSeriesForTheSameLabels) {
  Registry registry;
  const auto family = registry.gauges({"cardwatch_pending", "Pending.", {"issuer"}});
  family.with({"a"}).set(2);
  family.with({"a"}).add(1);

  EXPECT_EQ(family.with({"a"}).value(), 3);
}

TEST(Registry, EscapesLabelValues) {
  Registry registry;
  registry.gauges({"cardwatch_x", "X.", {"name"}}).with({"a\"b\n"}).set(1);

  EXPECT_TRUE(has_line(registry.expose(), "cardwatch_x{name=\"a\\\"b\\n\"} 1"));
}

TEST(Registry, HistogramsCountByBucket) {
  Registry registry;
  const auto seconds = registry.histogram("cardwatch_seconds", "Seconds.", {0.1, 1});
  seconds.observe(0.5);

  const std::string text = registry.expose();
  EXPECT_TRUE(has_line(text, "cardwatch_seconds_bucket{le=\"0.1\"} 0")) << text;
  EXPECT_TRUE(has_line(text, "cardwatch_seconds_bucket{le=\"1\"} 1")) << text;
  EXPECT_TRUE(has_line(text, "cardwatch_seconds_count 1")) << text;
}

TEST(Registry, NoLabelSetGrowsWithoutEnd) {
  Registry registry;
  const auto family = registry.counters({"cardwatch_x_total", "X.", {"id"}});
  for (std::size_t i = 0; i < Registry::kSeriesMax + 50; ++i) {
    family.with({std::to_string(i)}).add();
  }

  EXPECT_TRUE(has_line(registry.expose(), "cardwatch_x_total{id=\"other\"} 50"));
}

TEST(Registry, RemovedSeriesAreNoLongerShown) {
  Registry registry;
  const auto family = registry.gauges({"cardwatch_x", "X.", {"issuer"}});
  family.with({"gone"}).set(1);
  family.remove({"gone"});

  EXPECT_EQ(registry.expose().find("gone"), std::string::npos);
}

TEST(Registry, RefreshesComputedGaugesBeforeShowing) {
  Registry registry;
  const Gauge gauge = registry.gauge("cardwatch_x", "X.");
  int calls = 0;
  registry.on_collect([&] { gauge.set(++calls); });

  EXPECT_TRUE(has_line(registry.expose(), "cardwatch_x 1"));
  EXPECT_TRUE(has_line(registry.expose(), "cardwatch_x 2"));
}

}  // namespace
}  // namespace cw::telemetry
