// The relay of corrections on a real broker: what each card's reader finds in reports.v1.
#include "intake/correction_relay.hpp"
#include "intake/kafka_correction_log.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/domain/derive.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "support/kafka_fixture.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cw::intake {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kPartitions = 4;

kafka::ClientOptions client() {
  kafka::ClientOptions options;
  options.brokers = test::shared_brokers();
  options.client_id = "corrections-test";
  return options;
}

CardRef card_of(std::uint32_t number) {
  CardRef card;
  for (std::size_t i = 0; i < card.bytes.size(); ++i) {
    card.bytes[i] = static_cast<std::uint8_t>(number * 31 + i * 7);
  }
  return card;
}

ReportRevision revision_of(std::uint32_t report, std::uint32_t number, std::uint32_t card) {
  ReportRevision made;
  made.issuer = IssuerId{"jcb-a"};
  made.report = ReportId{"R-" + std::to_string(report)};
  made.revision = number;
  made.card = card_of(card);
  made.iin = 35699900;
  made.reported_at = parse_instant("2009-07-23T00:00:00Z").value();
  made.received_at = made.reported_at + std::chrono::hours{number};
  made.fraud_type = FraudType::kCnpUse;
  made.match_key = "mk-1";
  return made;
}

/// What one intake process has of the relay.
class Instance {
 public:
  explicit Instance(const std::string& topic, Probe& probe)
      : publisher_(KafkaPublisher::create(client(),
                                          {.topics = {.exposures = topic,
                                                      .reports = topic,
                                                      .quarantine = topic,
                                                      .control = topic},
                                           .producer = {.delivery_timeout = 30s},
                                           .transactional_id = test::fresh_prefix() + "intake"})
                       .value()),
        log_(KafkaCorrectionLog::create(client(), topic, *publisher_).value()),
        relay_(*log_, probe, {}) {
    kafka::TailOptions options;
    options.topics = {topic};
    options.on_batch = [this](std::span<const kafka::RecordView> batch) { relay_.observe(batch); };
    options.on_caught_up = [this] { relay_.caught_up(); };
    tail_ = kafka::TailReader::start(client(), std::move(options)).value();
    relay_.start();
  }
  ~Instance() {
    tail_->stop();
    relay_.stop();
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void publish(const std::vector<ReportRevision>& reports) {
    std::vector<OutMessage> messages;
    for (const auto& report : reports) {
      messages.push_back({OutTopic::kReports, report.card.hex(), codec::encode(report)});
    }
    ASSERT_TRUE(publisher_->publish_waiting(messages, {}));
  }
  [[nodiscard]] bool done(std::size_t moved) const {
    return tail_->caught_up() && tail_->lag() == 0 && relay_.idle() &&
           relay_.state().moved == moved;
  }

 private:
  std::unique_ptr<KafkaPublisher> publisher_;
  std::unique_ptr<KafkaCorrectionLog> log_;
  CorrectionRelay relay_;
  std::unique_ptr<kafka::TailReader> tail_;
};

class KafkaCorrectionsTest : public ::testing::Test {
 protected:
  /// By card: everything that a reader of its partition finds.
  [[nodiscard]] std::map<std::string, CardInputs> read() {
    std::map<std::string, CardInputs> found;
    kafka::TailOptions options;
    options.topics = {topic_};
    options.on_batch = [&](std::span<const kafka::RecordView> batch) {
      for (const auto& record : batch) {
        const auto report = codec::decode_report(record.value).value();
        EXPECT_EQ(record.key, report.home().hex());
        EXPECT_EQ(record.partition, kafka::partition_of(record.key, kPartitions));
        EXPECT_TRUE(found[std::string(record.key)].add(report).has_value());
      }
    };
    const auto reader = kafka::TailReader::start(client(), std::move(options)).value();
    EXPECT_TRUE(reader->wait_caught_up(30s).has_value());
    reader->stop();
    return found;
  }
  /// The cards on which each report stands now.
  [[nodiscard]] std::map<std::string, std::set<std::string>> standing() {
    std::map<std::string, std::set<std::string>> cards;
    for (const auto& [key, inputs] : read()) {
      std::map<ReportId, Fact> last;
      for (const auto& fact : derive(inputs, Control{}).facts) last[fact.id.report] = fact;
      for (const auto& [report, fact] : last) {
        if (fact.active) cards[report.get()].insert(key);
      }
    }
    return cards;
  }

  const std::string topic_ = test::fresh_topic("reports", kPartitions);
  telemetry::Registry metrics_;
  Probe probe_{metrics_};
};

TEST_F(KafkaCorrectionsTest, EachReportStandsOnTheCardOfItsLastRevisionAlone) {
  constexpr std::uint32_t kReports = 60;
  std::vector<ReportRevision> first;
  std::vector<ReportRevision> second;
  for (std::uint32_t report = 0; report < kReports; ++report) {
    first.push_back(revision_of(report, 1, report));
    second.push_back(revision_of(report, 2, report + 1000));
  }
  {
    Instance one{topic_, probe_};
    one.publish(second);  // The later revision comes first.
    one.publish(first);
  }  // Ends with whatever it has relayed by now.
  telemetry::Registry other_metrics;
  Probe other_probe{other_metrics};
  Instance two{topic_, probe_};
  Instance three{topic_, other_probe};
  ASSERT_TRUE(test::wait_until([&] { return two.done(kReports) && three.done(kReports); }, 60s));
  auto cards = standing();
  ASSERT_EQ(cards.size(), kReports);
  for (const auto& report : second) {
    EXPECT_EQ(cards[report.report.get()], (std::set<std::string>{report.card.hex()}));
  }

  std::vector<ReportRevision> back;
  for (std::uint32_t report = 0; report < kReports; ++report) {
    back.push_back(revision_of(report, 3, report));
  }
  two.publish(back);
  ASSERT_TRUE(test::wait_until(
      [&] {
        cards = standing();
        return std::all_of(first.begin(), first.end(), [&](const ReportRevision& report) {
          return cards[report.report.get()] == std::set<std::string>{report.card.hex()};
        });
      },
      60s));
}

}  // namespace
}  // namespace cw::intake
