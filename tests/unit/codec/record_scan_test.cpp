#include "lib/codec/record_scan.hpp"

#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "unit/codec/examples.hpp"
#include "unit/codec/mutator.hpp"
#include "unit/codec/random_records.hpp"

#include <gtest/gtest.h>

namespace cw::codec::test {
namespace {

/// What the scanner saw, as a message again; empty if it left the message to the decoder.
std::string scanned_report(ReportScanner& scanner, std::string_view json) {
  ReportView view;
  return scanner.scan(json, view) ? encode(to_report(view)) : "";
}

std::string scanned_exposure(ExposureScanner& scanner, std::string_view json) {
  ExposureView view;
  return scanner.scan(json, view) ? encode(to_exposure(view)) : "";
}

TEST(RecordScan, TakesEveryUsualMessageOfOurs) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  RandomRecords random(number);
  ReportScanner reports;
  ExposureScanner exposures;
  for (int round = 0; round < 5000; ++round) {
    const std::string report = encode(random.report(TextKind::kPlain));
    ASSERT_EQ(scanned_report(reports, report), report);
    const std::string exposure = encode(random.exposure(TextKind::kPlain));
    ASSERT_EQ(scanned_exposure(exposures, exposure), exposure);
  }
}

// Goal: the scanners and the decoders never differ. Method: random messages, some with text that
// is escaped, and small changes to them; what a scan takes, the decoder reads the same.
TEST(RecordScan, TakesNothingThatTheDecoderRefusesOrReadsOtherwise) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  RandomRecords random(number);
  Mutator mutator(number);
  ReportScanner reports;
  ExposureScanner exposures;
  std::size_t taken = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    const std::string report = encode(random.report(TextKind::kAny));
    const std::string exposure = encode(random.exposure(TextKind::kAny));
    const bool whole = round % 4 == 0;
    const std::string first = whole ? report : mutator.mutate(report, exposure);
    if (const std::string seen = scanned_report(reports, first); !seen.empty()) {
      const auto decoded = decode_report(first);
      ASSERT_TRUE(decoded) << first;
      ASSERT_EQ(seen, encode(decoded.value())) << first;
      ++taken;
    }
    const std::string second = whole ? exposure : mutator.mutate(exposure, report);
    if (const std::string seen = scanned_exposure(exposures, second); !seen.empty()) {
      const auto decoded = decode_exposure(second);
      ASSERT_TRUE(decoded) << second;
      ASSERT_EQ(seen, encode(decoded.value())) << second;
      ++taken;
    }
  }
  EXPECT_GT(taken, kRounds / 10) << "the changes are too wild to test anything";
}

TEST(RecordScan, TakesTheExamplesAsTheDecoderDoes) {
  ReportScanner reports;
  ExposureScanner exposures;
  for (const Example& each : examples("valid")) {
    if (each.json.find('\\') != std::string::npos) continue;  // Escapes are the decoder's.
    if (each.message == "report") {
      EXPECT_EQ(scanned_report(reports, each.json), reencode("report", each.json).value());
    }
    if (each.message == "exposure") {
      EXPECT_EQ(scanned_exposure(exposures, each.json), reencode("exposure", each.json).value());
    }
  }
  for (const Example& each : examples("invalid")) {
    EXPECT_EQ(scanned_report(reports, each.json), "") << each.name;
    EXPECT_EQ(scanned_exposure(exposures, each.json), "") << each.name;
  }
}

TEST(RecordScan, LeavesTheUnusualToTheDecoder) {
  ReportScanner scanner;
  const std::string good = encode(RandomRecords(1).report(TextKind::kPlain));
  const std::string body = good.substr(1);
  ASSERT_NE(scanned_report(scanner, good), "");
  EXPECT_EQ(scanned_report(scanner, R"({"new":1,)" + body), "") << "an unknown member";
  EXPECT_EQ(scanned_report(scanner, R"({"issuer":"other",)" + body), "") << "one that is repeated";
  EXPECT_EQ(scanned_report(scanner, good + " x"), "");
  EXPECT_EQ(scanned_report(scanner, good + std::string("\0x", 2)), "") << "a NUL ends nothing";
  EXPECT_EQ(scanned_report(scanner, good + std::string(1024 * 1024, ' ')), "") << "too large";
  EXPECT_EQ(scanned_report(scanner, good.substr(0, good.size() - 1)), "");
  EXPECT_EQ(scanned_report(scanner, ""), "");
  EXPECT_EQ(scanned_report(scanner, std::string(2000, '[')), "");
}

// Method: the message in memory of exactly its size, so that a sanitizer sees a read beyond it.
TEST(RecordScan, ReadsNothingBeyondTheMessage) {
  ReportScanner scanner;
  const std::string good = encode(RandomRecords(2).report(TextKind::kPlain));
  for (std::size_t size = 0; size <= good.size(); ++size) {
    const std::vector<char> exact(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    ReportView view;
    EXPECT_EQ(scanner.scan({exact.data(), exact.size()}, view), size == good.size());
  }
}

TEST(RecordScan, TimesOutOfRangeAreLeftToTheDecoderWhichRefusesThem) {
  RandomRecords random(3);
  ReportScanner reports;
  const auto refused = [&](const ReportRevision& report) {
    const std::string json = encode(report);
    EXPECT_EQ(scanned_report(reports, json), "");
    const auto decoded = decode_report(json);
    return decoded ? "taken" : std::string(name(decoded.error().code));
  };
  ReportRevision report = random.report(TextKind::kPlain);
  report.received_at = parse_instant("1990-01-01T00:00:00Z").value();
  report.reported_at = report.received_at + std::chrono::hours{24};
  report.attempted_at = report.received_at;
  EXPECT_NE(scanned_report(reports, encode(report)), "") << "the edges are in range";
  EXPECT_TRUE(decode_report(encode(report)));

  ReportRevision changed = report;
  changed.reported_at += std::chrono::milliseconds{1};
  EXPECT_EQ(refused(changed), "TIMESTAMP_RANGE");
  changed = report;
  changed.reported_at = report.received_at - std::chrono::milliseconds{1};
  EXPECT_EQ(refused(changed), "TIMESTAMP_RANGE");
  changed = report;
  changed.attempted_at = report.reported_at + std::chrono::milliseconds{1};
  EXPECT_EQ(refused(changed), "TIMESTAMP_RANGE");
  changed = report;
  changed.received_at -= std::chrono::milliseconds{1};
  EXPECT_EQ(refused(changed), "TIMESTAMP_RANGE");

  ExposureRecord exposure = random.exposure(TextKind::kPlain);
  exposure.received_at = changed.received_at;
  ExposureScanner exposures;
  EXPECT_EQ(scanned_exposure(exposures, encode(exposure)), "");
  EXPECT_EQ(decode_exposure(encode(exposure)).error().code, Errc::kTimestampRange);
}

}  // namespace
}  // namespace cw::codec::test
