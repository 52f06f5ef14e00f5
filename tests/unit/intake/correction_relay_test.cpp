#include "intake/correction_relay.hpp"

#include "lib/codec/report_codec.hpp"
#include "lib/domain/derive.hpp"
#include "lib/telemetry/logger.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace cw::intake {
namespace {

using namespace std::chrono_literals;

struct Stored {
  std::string key;
  std::string value;
};

/// A topic in memory. THREAD: safe.
class FakeLog final : public CorrectionLog {
 public:
  Status read(std::span<const Place> places,
              const std::function<void(std::string_view)>& sink,
              const std::stop_token& /*stop*/) override {
    const std::lock_guard lock{mutex_};
    if (read_failures_ > 0 && read_failures_-- > 0) return Error{Errc::kBrokerUnavailable, "away"};
    for (const auto& place : places) {
      if (place == gone_) return Error{Errc::kNotFound, "gone"};
      sink(records_[static_cast<std::size_t>(place.offset)].value);
    }
    return Ok{};
  }
  Status write(std::span<const ReportRevision> copies, const std::stop_token& /*stop*/) override {
    const std::lock_guard lock{mutex_};
    // As Kafka may: some are written although the whole fails.
    const auto written = write_failures_ > 0 ? copies.size() / 2 : copies.size();
    for (const auto& copy : copies.first(written)) {
      records_.push_back({copy.home().hex(), codec::encode(copy)});
    }
    if (write_failures_ > 0 && write_failures_-- > 0)
      return Error{Errc::kBrokerUnavailable, "away"};
    return Ok{};
  }

  void append(const std::string& key, const std::string& value) {
    const std::lock_guard lock{mutex_};
    records_.push_back({key, value});
  }
  void append(const ReportRevision& report) { append(report.home().hex(), codec::encode(report)); }
  [[nodiscard]] std::vector<Stored> records() const {
    const std::lock_guard lock{mutex_};
    return records_;
  }
  void fail(int reads, int writes) {
    const std::lock_guard lock{mutex_};
    read_failures_ = reads;
    write_failures_ = writes;
  }
  void lose(std::int64_t offset) {
    const std::lock_guard lock{mutex_};
    gone_ = {0, offset};
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Stored> records_;
  Place gone_{-1, -1};
  int read_failures_ = 0;
  int write_failures_ = 0;
};

ReportRevision revision_of(const std::string& report, std::uint32_t number, std::uint8_t card) {
  ReportRevision made;
  made.issuer = IssuerId{"jcb-a"};
  made.report = ReportId{report};
  made.revision = number;
  made.card.bytes.fill(card);
  made.iin = 35699900;
  made.reported_at = parse_instant("2009-07-23T00:00:00Z").value();
  made.received_at = made.reported_at + std::chrono::hours{number};
  made.fraud_type = FraudType::kCnpUse;
  made.match_key = "mk-1";
  made.content_hash = codec::content_hash(made);
  return made;
}

/// One instance of intake: a relay that follows the log.
class Instance {
 public:
  explicit Instance(FakeLog& log, CorrectionRelay::Options options = {.retry_pause = 1ms})
      : log_(log), relay_(log, probe_, options) {
    relay_.start();
  }

  /// Reads what was added since, then has the relay work until nothing is due.
  void follow() {
    do {
      feed();
      relay_.caught_up();
      EXPECT_TRUE(test::wait_until([this] { return relay_.idle(); }, 20s));
    } while (at_ < log_.records().size());
  }
  void feed() {
    const auto records = log_.records();
    std::vector<kafka::RecordView> views;
    for (; at_ < records.size(); ++at_) {
      kafka::RecordView view;
      view.offset = static_cast<std::int64_t>(at_);
      view.key = records[at_].key;
      view.value = records[at_].value;
      views.push_back(view);
    }
    relay_.observe(views);
  }
  [[nodiscard]] CorrectionRelay& relay() { return relay_; }

 private:
  FakeLog& log_;
  telemetry::Registry metrics_;
  Probe probe_{metrics_};
  CorrectionRelay relay_;
  std::size_t at_ = 0;
};

std::size_t copies_in(const FakeLog& log) {
  std::size_t copies = 0;
  for (const auto& record : log.records()) {
    const auto report = codec::decode_report(record.value).value();
    EXPECT_EQ(record.key, report.home().hex());
    copies += report.filed_under ? 1U : 0U;
  }
  return copies;
}

TEST(CorrectionRelay, WritesTheRevisionsOfAMovedReportUnderItsOtherCard) {
  FakeLog log;
  Instance intake{log};
  log.append(revision_of("R-1", 1, 1));
  log.append(revision_of("R-1", 2, 2));
  log.append(revision_of("R-2", 1, 2));
  intake.follow();
  EXPECT_EQ(copies_in(log), 2U);
  EXPECT_EQ(intake.relay().state().moved, 1U);
  EXPECT_EQ(intake.relay().state().pending, 0U);
}

TEST(CorrectionRelay, WritesNothingBeforeTheTopicWasReadToItsEnd) {
  FakeLog log;
  Instance intake{log};
  log.append(revision_of("R-1", 1, 1));
  log.append(revision_of("R-1", 2, 2));
  intake.feed();
  EXPECT_FALSE(intake.relay().idle());
  EXPECT_EQ(intake.relay().state().pending, 1U);
  EXPECT_EQ(copies_in(log), 0U);
}

TEST(CorrectionRelay, AnotherInstanceFindsNothingLeftToDo) {
  FakeLog log;
  Instance first{log};
  log.append(revision_of("R-1", 1, 1));
  log.append(revision_of("R-1", 2, 2));
  first.follow();
  const auto before = log.records().size();
  Instance second{log};
  second.follow();
  EXPECT_EQ(log.records().size(), before);
}

TEST(CorrectionRelay, MakesUpForWhatAKilledInstanceLeft) {
  FakeLog log;
  log.append(revision_of("R-1", 1, 1));
  log.append(revision_of("R-1", 2, 2));
  log.fail(0, 1);
  {
    Instance first{log, {.retry_pause = 1h}};  // Dies between the copies it writes.
    first.feed();
    first.relay().caught_up();
    ASSERT_TRUE(test::wait_until([&] { return copies_in(log) == 1; }, 20s));
  }
  Instance second{log};
  second.follow();
  EXPECT_EQ(copies_in(log), 2U);
}

TEST(CorrectionRelay, GoesOnWhenKafkaIsBack) {
  FakeLog log;
  Instance intake{log};
  for (int report = 0; report < 20; ++report) {
    log.append(revision_of("R-" + std::to_string(report), 1, 1));
    log.append(revision_of("R-" + std::to_string(report), 2, 2));
  }
  log.fail(3, 3);
  intake.follow();
  std::set<std::pair<std::string, std::string>> distinct;
  for (const auto& record : log.records()) distinct.insert({record.key, record.value});
  EXPECT_EQ(distinct.size(), 80U) << "each once as it was, and once as a copy";
}

TEST(CorrectionRelay, OneReportThatCannotBeReadDoesNotHoldUpTheOthers) {
  FakeLog log;
  Instance intake{log};
  for (int report = 0; report < 5; ++report) {
    log.append(revision_of("R-" + std::to_string(report), 1, 1));
    log.append(revision_of("R-" + std::to_string(report), 2, 2));
  }
  log.lose(0);
  intake.feed();
  intake.relay().caught_up();
  EXPECT_TRUE(test::wait_until([&] { return copies_in(log) >= 8; }, 20s));
}

TEST(CorrectionRelay, PassesOverWhatTheMatcherWouldQuarantine) {
  FakeLog log;
  Instance intake{log};
  log.append(revision_of("R-1", 1, 1));
  const auto moved = revision_of("R-1", 2, 2);
  log.append(moved.card.hex(), "{\"v\":1");
  log.append(revision_of("R-1", 1, 1).card.hex(), codec::encode(moved));  // Another card's key.
  auto copy = moved;
  copy.filed_under = revision_of("R-1", 1, 3).card;
  log.append(moved.card.hex(), codec::encode(copy));
  intake.feed();
  intake.relay().caught_up();
  EXPECT_TRUE(intake.relay().idle());
  EXPECT_EQ(intake.relay().state().moved, 0U);
  EXPECT_EQ(intake.relay().state().records, 1U);
}

TEST(CorrectionRelay, RaisesOneAlarmWhenThereIsNoRoomForFurtherReports) {
  std::vector<std::string> alarms;
  const telemetry::LogCapture capture{[&](std::string_view line) {
    if (line.find("\"corrections_full\"") != std::string_view::npos) alarms.emplace_back(line);
  }};
  FakeLog log;
  Instance intake{log, {.limits = {.bytes_max = 100'000}, .retry_pause = 1ms}};
  for (int report = 0; report < 6000; ++report) {
    log.append(revision_of("R-" + std::to_string(report), 1, 1));
  }
  intake.follow();
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_NE(alarms[0].find("\"alarm\":true"), std::string::npos);
  EXPECT_LE(intake.relay().state().bytes, 100'000U);
}

/// The facts of all cards from what lies in the log.
std::vector<CardResult> results_of(const std::vector<Stored>& records, std::uint8_t cards) {
  std::map<std::string, CardInputs> inputs;
  for (const auto& record : records) {
    EXPECT_TRUE(inputs[record.key].add(codec::decode_report(record.value).value()).has_value());
  }
  std::vector<CardResult> results;
  for (std::uint8_t number = 1; number <= cards; ++number) {
    results.push_back(derive(inputs[revision_of("", 1, number).card.hex()], Control{}));
  }
  return results;
}

// Goal: whatever the order, the repeats, the number of instances and the failures, the matcher's
// inputs end the same. Method: the same revisions in several orders with two instances, one of
// which dies; compare what derive() makes of the topic, and that no report stands on two cards.
TEST(CorrectionRelay, AnyOrderAndAnyNumberOfInstancesEndTheSame) {
  constexpr std::uint64_t kSeed = 20090723;
  constexpr std::uint64_t kHistories = 25;
  const telemetry::LogCapture quiet{[](std::string_view) {}};
  std::cout << "seeds " << kSeed << " to " << kSeed + kHistories - 1 << '\n';
  for (std::uint64_t seed = kSeed; seed < kSeed + kHistories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    std::vector<ReportRevision> revisions;
    for (int i = 0; i < 12; ++i) {
      auto revision = revision_of("R-" + std::to_string(random() % 3),
                                  static_cast<std::uint32_t>(1 + random() % 3),
                                  static_cast<std::uint8_t>(1 + random() % 3));
      revision.received_at += std::chrono::hours{random() % 3};
      revisions.push_back(revision);
    }
    std::vector<CardResult> expected;
    for (int order = 0; order < 4; ++order) {
      std::shuffle(revisions.begin(), revisions.end(), random);
      FakeLog log;
      Instance stays{log};
      {
        Instance dies{log};
        for (std::size_t i = 0; i < revisions.size() / 2; ++i) log.append(revisions[i]);
        log.fail(0, static_cast<int>(random() % 2));
        dies.follow();
      }
      for (std::size_t i = revisions.size() / 2; i < revisions.size(); ++i) {
        log.append(revisions[i]);
      }
      stays.follow();
      const auto results = results_of(log.records(), 3);
      if (order == 0) expected = results;
      ASSERT_EQ(results, expected);
    }
    std::set<std::string> standing;
    for (const auto& result : expected) {
      std::map<ReportId, const Fact*> last;
      for (const auto& fact : result.facts) last[fact.id.report] = &fact;
      for (const auto& [report, fact] : last) {
        if (fact->active) {
          EXPECT_TRUE(standing.insert(report.get()).second) << "on two cards";
        }
      }
    }
  }
}

}  // namespace
}  // namespace cw::intake
