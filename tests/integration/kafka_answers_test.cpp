// What issuers say of their cards, on a real broker: it lies in answers.v1, by card beside the
// card's other records, when the acknowledgement is answered.
#include "kafka_records.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/http/blocking.hpp"
#include "lib/kafka/producer.hpp"
#include "notifier/answers.hpp"
#include "support/kafka_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kPartitions = 4;

CardRef card(std::uint8_t number) {
  CardRef card;
  card.bytes.fill(number);
  return card;
}

/// An entry of the feed; its number is not looked at.
WatchChange change(std::uint8_t number) {
  WatchChange change{FeedOp::kAddd, {}};
  change.entry.issuer = IssuerId{"jcb-a"};
  change.entry.card = card(number);
  change.entry.expiry = Expiry{2010, 3};
  change.entry.sealed_pan = "sealed";
  change.entry.file_key = "key";
  change.entry.watch_from = parse_day("2009-07-24").value();
  return change;
}

TEST(KafkaAnswers, LieByCardInTheTopicWhenTheyAreTaken) {
  constexpr std::uint8_t kCards = 40;
  const std::string brokers = test::shared_brokers();
  const std::string topic = test::fresh_topic("answers.v1", kPartitions);
  const std::shared_ptr<kafka::Producer> producer =
      kafka::Producer::create(test::client_of(brokers, "answers"), {}).value();
  boost::asio::io_context io;
  telemetry::Registry metrics;
  KafkaAnswerLog log{producer, topic};
  CardAnswers answers{log, metrics};
  const auto feed = std::make_shared<IssuerFeed>(IssuerId{"jcb-a"});
  std::vector<codec::FeedAnswer::Card> cards;
  for (std::uint8_t i = 1; i <= kCards; ++i) {
    ASSERT_TRUE(feed->apply(0, i, now(), change(i)));
    cards.push_back({.seq = i, .status = CardStatus::kReissued});
  }
  ASSERT_TRUE(feed->accept(kCards)) << "only what was sent can be answered";
  cards.push_back({.seq = 1000, .status = CardStatus::kClosed});

  const auto work = boost::asio::make_work_guard(io);
  const auto taken = http::run_blocking(io, answers.take(feed, cards));

  ASSERT_TRUE(taken) << taken.error().detail;
  EXPECT_EQ(taken.value().cards, kCards);
  EXPECT_EQ(taken.value().unknown, 1U);
  std::map<std::string, IssuerAnswer> found;
  for (const auto& record : test::read_all(brokers, topic)) {
    const auto answer = codec::decode_answer(record.value);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(record.key, answer.value().card.hex());
    EXPECT_EQ(record.partition, kafka::partition_of(record.key, kPartitions));
    found.emplace(record.key, answer.value());
  }
  EXPECT_EQ(found.size(), kCards);
  for (std::uint8_t i = 1; i <= kCards; ++i) {
    ASSERT_TRUE(found.contains(card(i).hex()));
    EXPECT_EQ(found.at(card(i).hex()).status, CardStatus::kReissued);
    EXPECT_EQ(found.at(card(i).hex()).seq, i);
  }
  EXPECT_EQ(feed->answers().at("REISSUED"), kCards);
}

TEST(KafkaAnswers, ThatKafkaDoesNotTakeAreAnError) {
  const std::shared_ptr<kafka::Producer> producer =
      kafka::Producer::create(test::client_of("127.0.0.1:1", "answers"),
                              {.delivery_timeout = 500ms})
          .value();
  boost::asio::io_context io;
  KafkaAnswerLog log{producer, "answers.v1"};
  const IssuerAnswer answer{.issuer = IssuerId{"jcb-a"},
                            .card = card(1),
                            .seq = 1,
                            .status = CardStatus::kClosed,
                            .received_at = now()};
  const auto work = boost::asio::make_work_guard(io);
  const auto written = http::run_blocking(io, log.write({answer}));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kBrokerUnavailable);
}

}  // namespace
}  // namespace cw::notifier
