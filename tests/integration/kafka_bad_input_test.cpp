// Bad input at the matcher, as a process on a real broker: what cannot be used is refused record
// by record under its own offset, the rest is matched; when too much of a topic cannot be used,
// the lane commits nothing and says so.
#include "domain_samples.hpp"
#include "kafka_records.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/limits.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/domain/derive.hpp"
#include "lib/http/blocking.hpp"
#include "lib/http/client.hpp"
#include "lib/kafka/admin.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>

namespace cw {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 120s;
constexpr Iin kUnassignedIin = 99999999;

/// Writes what no producer of ours would: tombstones, and values beyond our own bound.
class RawProducer {
 public:
  explicit RawProducer(const std::string& brokers) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    set(conf, "message.max.bytes", "8000000");  // The broker's bound is on compressed batches.
    set(conf, "compression.codec", "lz4");
    // A young partition takes the second request after it did not know the first, and that is lost.
    set(conf, "max.in.flight.requests.per.connection", "1");
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    if (producer_ == nullptr) throw std::runtime_error("no producer");
  }
  ~RawProducer() { rd_kafka_destroy(producer_); }
  RawProducer(const RawProducer&) = delete;
  RawProducer& operator=(const RawProducer&) = delete;

  /// No value: a tombstone.
  void put(const std::string& topic,
           const std::string& key,
           const std::optional<std::string>& value) {
    auto* handle = rd_kafka_topic_new(producer_, topic.c_str(), nullptr);
    // librdkafka copies the value but asks for a pointer to non-const.
    const auto code = rd_kafka_produce(handle,
                                       0,
                                       RD_KAFKA_MSG_F_COPY,
                                       value ? const_cast<char*>(value->data()) : nullptr,
                                       value ? value->size() : 0,
                                       key.data(),
                                       key.size(),
                                       nullptr);
    rd_kafka_topic_destroy(handle);
    ASSERT_EQ(code, 0) << rd_kafka_err2name(rd_kafka_last_error());
  }
  void flush() {
    constexpr int kFlushMs = 60'000;
    ASSERT_EQ(rd_kafka_flush(producer_, kFlushMs), RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_EQ(failed_, 0) << "records were not delivered";
  }

 private:
  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), nullptr, 0) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error(name);
    }
  }
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++static_cast<RawProducer*>(self)->failed_;
  }

  rd_kafka_t* producer_ = nullptr;
  int failed_ = 0;
};

ExposureRecord exposure_of(std::uint8_t number, Iin iin = test::kIin) {
  auto record = test::record();
  record.record = number;
  record.card = test::card(number);
  record.iin = iin;
  record.sealed_pan = std::string(44, 'x');
  return record;
}

ReportRevision report_of(std::uint8_t card, const std::string& id, std::uint32_t revision = 1) {
  auto report = test::report();
  report.report = ReportId{id};
  report.revision = revision;
  report.card = test::card(card);
  report.expiry = test::expiry("2010-03");
  return report;
}

IssuerAnswer answer_of(std::uint8_t card) {
  return {.issuer = test::kJcb,
          .card = test::card(card),
          .seq = 1,
          .status = CardStatus::kClosed,
          .received_at = test::at("2009-08-01T00:00:00Z")};
}

std::string of_version_9(std::string json) {
  return json.replace(json.find("\"v\":1"), 5, "\"v\":9");
}

std::string cut_short(const std::string& json) {
  return json.substr(0, json.size() / 2);
}

std::string too_large() {
  return R"({"v":1,"note":")" + std::string(codec::kMessageBytesMax, 'x') + R"("})";
}

/// Topics of one partition, all that was put into them, and what must come of it.
class KafkaBadInput : public testing::Test {
 protected:
  using Facts = std::map<std::pair<CardRef, FactId>, Fact>;

  KafkaBadInput() {
    std::vector<kafka::TopicSpec> specs;
    for (const auto* name : {"exposures.v1",
                             "reports.v1",
                             "control.v1",
                             "answers.v1",
                             "matches.v1",
                             "watchlist.v1",
                             "quarantine.v1"}) {
      specs.push_back({.name = prefix_ + name});
    }
    EXPECT_TRUE(admin_->create_topics(specs, 30s));
  }

  void good(const ControlRecord& record) {
    control_.apply(record);
    put("control.v1", codec::control_key(record), codec::encode(record));
  }
  void good(const ExposureRecord& record) {
    EXPECT_TRUE(inputs_[record.card].add(record).has_value());
    put("exposures.v1", record.card.hex(), codec::encode(record));
  }
  void good(ReportRevision report) {
    report.content_hash = codec::content_hash(report);
    put("reports.v1", report.card.hex(), codec::encode(report));
    const auto card = report.card;
    EXPECT_TRUE(inputs_[card].add(std::move(report)).has_value());
  }
  void good(const IssuerAnswer& answer) {
    EXPECT_TRUE(inputs_[answer.card].add(answer).has_value());
    put("answers.v1", answer.card.hex(), codec::encode(answer));
  }
  void bad(Errc code,
           const std::string& topic,
           const std::string& key,
           const std::optional<std::string>& value) {
    refused_[prefix_ + topic + "/0/" + std::to_string(next_[topic])] = code;
    put(topic, key, value);
  }
  void bad(Errc code, const ReportRevision& report) {
    bad(code, "reports.v1", report.card.hex(), codec::encode(report));
  }

  /// What cannot be used whatever the topic is about; `key` and `value` would be good ones.
  void bad_forms(const std::string& topic, const std::string& key, const std::string& value) {
    bad(Errc::kSchemaVersion, topic, key, of_version_9(value));
    bad(Errc::kJsonSyntax, topic, key, cut_short(value));
    bad(Errc::kBodyTooLarge, topic, key, too_large());
    bad(Errc::kSchemaViolation, topic, key, std::nullopt);
  }

  void start(const std::vector<std::string>& settings = {}) {
    producer_.flush();
    std::filesystem::remove(dir_ / "ports.json");
    std::vector<std::string> command{std::string{CW_BUILD_DIR} + "/bin/cardwatch-matcher",
                                     "--set=kafka.brokers=" + brokers_,
                                     "--set=kafka.topic_prefix=" + prefix_,
                                     "--set=admin.port=0",
                                     "--set=runtime.ports_file=" + (dir_ / "ports.json").string(),
                                     "--set=matcher.lanes=1",
                                     "--set=matcher.session_timeout=6s"};
    command.insert(command.end(), settings.begin(), settings.end());
    matcher_ = std::make_unique<test::Process>(
        command, test::ProcessOptions{.environment = {}, .output = dir_ / "log"});
  }
  // In its group first: librdkafka 2.0.2 crashes on a group's offsets while their coordinator
  // loads.
  [[nodiscard]] bool caught_up() {
    const auto in_group = [this] {
      return test::read_file(dir_ / "log").find("assigned 1 partitions") != std::string::npos;
    };
    return test::wait_until(in_group, kPatience) &&
           test::wait_until([this] { return committed() == next_; }, kPatience);
  }

  /// By topic; 0 if nothing is committed.
  [[nodiscard]] std::map<std::string, std::int64_t> committed() {
    std::map<std::string, std::int64_t> offsets;
    for (const auto& [topic, next] : next_) {
      const auto done = admin_->committed(prefix_ + "matcher", prefix_ + topic, 20s);
      if (!done) return {};
      offsets[topic] = std::max<std::int64_t>(0, done.value().at(0).offset);
    }
    return offsets;
  }

  /// The answer of /readyz; status 0: none yet.
  [[nodiscard]] http::ClientResponse readiness() const {
    if (!std::filesystem::exists(dir_ / "ports.json")) return {};
    const auto ports = codec::JsonDocument::parse(test::read_file(dir_ / "ports.json"));
    if (!ports) return {};
    const auto port = std::to_string(ports.value().root()["admin"].integer_or(0));
    boost::asio::io_context io;
    http::Client client{io.get_executor(), nullptr};
    auto answer = http::run_blocking(
        io,
        client.send({.url = http::parse_url("http://127.0.0.1:" + port + "/readyz").value(),
                     .private_addresses = http::PrivateAddresses::kAllow}));
    return answer ? std::move(answer).value() : http::ClientResponse{};
  }

  void expect_refused(const std::map<std::string, Errc>& wanted) const {
    std::map<std::string, Errc> found;
    const auto records = test::read_all(brokers_, prefix_ + "quarantine.v1");
    for (const auto& record : records) {
      const auto refusal = codec::decode_quarantine(record.value).value();
      found[refusal.source] = refusal.code;
    }
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(records.size(), wanted.size()) << "something was refused twice";
  }

  /// What readers hold.
  [[nodiscard]] Facts facts() const {
    Facts facts;
    for (const auto& record : test::read_all(brokers_, prefix_ + "matches.v1")) {
      const auto read = codec::decode_facts(record.value, [&](codec::FactMessage&& message) {
        const std::pair key{message.fact.card, message.fact.id};
        if (message.retracted) {
          facts.erase(key);
        } else {
          facts.insert_or_assign(key, message.fact);
        }
      });
      EXPECT_TRUE(read.has_value());
    }
    return facts;
  }
  /// What they should hold.
  [[nodiscard]] Facts derived() const {
    Facts facts;
    for (const auto& [card, inputs] : inputs_) {
      for (const auto& fact : derive(inputs, control_).facts) facts[{card, fact.id}] = fact;
    }
    return facts;
  }
  /// Those of one report under the incident, in the order of time.
  [[nodiscard]] std::vector<Fact> facts_of(const std::string& report) const {
    std::vector<Fact> found;
    for (const auto& [key, fact] : facts()) {
      if (fact.id.report.get() == report && fact.id.incident == test::kLeak) found.push_back(fact);
    }
    return found;
  }

  const std::string brokers_ = test::shared_brokers();
  const std::string prefix_ = test::fresh_prefix();
  const std::unique_ptr<kafka::Admin> admin_ =
      kafka::Admin::create(test::client_of(brokers_, "a")).value();
  const test::TempDir dir_;
  std::map<std::string, Errc> refused_;  ///< By source.
  std::unique_ptr<test::Process> matcher_;

 private:
  void put(const std::string& topic,
           const std::string& key,
           const std::optional<std::string>& value) {
    producer_.put(prefix_ + topic, key, value);
    ++next_[topic];
  }

  RawProducer producer_{brokers_};
  std::map<std::string, std::int64_t> next_;  ///< By topic: offsets to come.
  std::map<CardRef, CardInputs> inputs_;
  Control control_;
};

TEST_F(KafkaBadInput, EachBadRecordIsRefusedUnderItsOwnOffsetAndTheOthersAreMatched) {
  good(test::issuer("jcb-a", {"3569"}));
  bad_forms("control.v1", "incident/leak/1", codec::encode(test::incident()));
  good(test::incident());

  good(exposure_of(1));
  bad_forms("exposures.v1", test::card(1).hex(), codec::encode(exposure_of(1)));
  bad(Errc::kKeyMismatch, "exposures.v1", test::card(7).hex(), codec::encode(exposure_of(1)));
  good(exposure_of(3, kUnassignedIin));
  good(exposure_of(2));

  good(report_of(1, "R-1"));
  bad_forms("reports.v1", test::card(1).hex(), codec::encode(report_of(1, "R-bad")));
  bad(Errc::kKeyMismatch, "reports.v1", test::card(7).hex(), codec::encode(report_of(1, "R-bad")));
  auto out_of_range = report_of(1, "R-bad");
  out_of_range.reported_at = test::at("2010-07-23T02:00:00Z");  // Received 2009-07-23.
  bad(Errc::kTimestampRange, out_of_range);
  out_of_range.reported_at = test::at("1989-12-31T23:59:59Z");
  bad(Errc::kTimestampRange, out_of_range);
  auto negative = report_of(1, "R-bad");
  negative.amount = "-12.00";
  bad(Errc::kSchemaViolation, negative);
  good(report_of(1, "R-2", 2));
  auto late = report_of(1, "R-2", 1);  // Lower than what is held: kept, and of no effect (R7).
  late.received_at = test::at("2009-07-23T05:00:00Z");
  good(late);
  auto conflicting = report_of(1, "R-1");
  conflicting.fraud_type = FraudType::kLost;
  conflicting.received_at = test::at("2009-07-23T03:00:00Z");
  bad(Errc::kConflict, conflicting);
  auto of_nobody = report_of(3, "R-3");
  of_nobody.iin = kUnassignedIin;
  good(of_nobody);
  good(report_of(2, "R-last"));

  bad_forms("answers.v1", test::card(1).hex(), codec::encode(answer_of(1)));
  bad(Errc::kKeyMismatch, "answers.v1", test::card(7).hex(), codec::encode(answer_of(1)));
  good(answer_of(1));

  start();
  ASSERT_TRUE(caught_up()) << test::read_file(dir_ / "log");
  EXPECT_EQ(matcher_->stop(), 0);
  expect_refused(refused_);
  EXPECT_TRUE(facts() == derived());
  const auto last = facts_of("R-last");
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].outcome, Outcome::kInFile);
  EXPECT_EQ(last[0].card_issuer, test::kJcb);
  const auto twice = facts_of("R-2");
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_EQ(twice[0].revision, 2U);
  EXPECT_TRUE(twice[0].active);
  const auto nobody = facts_of("R-3");
  ASSERT_EQ(nobody.size(), 1U);
  EXPECT_EQ(nobody[0].card_issuer, kUnassignedIssuer);
  EXPECT_EQ(facts_of("R-1").at(0).fraud_type, FraudType::kCnpUse) << "the earlier one stands (R8)";
}

// Method: all is there before the matcher starts, and it lingers for it: one batch.
TEST_F(KafkaBadInput, ABrokenProducerHoldsTheLaneUntilItIsToldToQuarantineAll) {
  constexpr int kUnusable = 300;
  constexpr int kGood = 20;
  good(test::issuer("jcb-a", {"3569"}));
  good(test::incident());
  good(exposure_of(1));
  good(report_of(1, "R-before"));
  start();
  ASSERT_TRUE(caught_up()) << test::read_file(dir_ / "log");
  ASSERT_EQ(matcher_->stop(), 0);
  const auto before = committed();
  const auto facts_before = facts();
  EXPECT_TRUE(facts_before == derived());

  for (int number = 0; number < kUnusable; ++number) {
    const auto json = codec::encode(report_of(1, "R-bad"));
    const bool version = number % 2 == 0;
    bad(version ? Errc::kSchemaVersion : Errc::kJsonSyntax,
        "reports.v1",
        test::card(1).hex(),
        version ? of_version_9(json) : cut_short(json));
  }
  for (int number = 0; number < kGood; ++number) {
    good(report_of(1, "R-after-" + std::to_string(number)));
  }

  start({"--set=matcher.batch_wait=1s"});
  ASSERT_TRUE(test::wait_until(
      [this] { return readiness().body.find("poisoned") != std::string::npos; }, kPatience))
      << test::read_file(dir_ / "log");
  EXPECT_NE(test::read_file(dir_ / "log").find("MATCHER_POISONED"), std::string::npos);
  EXPECT_EQ(committed(), before);
  expect_refused({});
  EXPECT_TRUE(facts() == facts_before);
  EXPECT_TRUE(matcher_->running());
  EXPECT_EQ(matcher_->stop(), 0);
  EXPECT_EQ(committed(), before) << "nor did it commit when it was stopped";

  start({"--set=matcher.poison_percent_max=100"});
  ASSERT_TRUE(caught_up()) << test::read_file(dir_ / "log");
  EXPECT_EQ(matcher_->stop(), 0);
  expect_refused(refused_);
  EXPECT_EQ(refused_.size(), static_cast<std::size_t>(kUnusable));
  EXPECT_TRUE(facts() == derived());
  EXPECT_EQ(facts_of("R-after-19").size(), 1U);
}

}  // namespace
}  // namespace cw
