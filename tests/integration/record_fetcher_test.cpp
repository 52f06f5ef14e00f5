// Single records by their positions, from a real broker.
#include "lib/kafka/record_fetcher.hpp"

#include "kafka_records.hpp"
#include "lib/kafka/producer.hpp"
#include "support/kafka_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <random>
#include <set>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::client_of;

constexpr std::int32_t kPartitions = 3;
constexpr int kRecords = 30'000;

class RecordFetcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto producer = Producer::create(client_of(brokers_, "p"), {}).value();
    for (int number = 0; number < kRecords; ++number) {
      const auto text = std::to_string(number);
      ASSERT_TRUE(
          producer->produce_wait({topic_, text, std::string(200, 'x') + text}, nullptr, 30s));
    }
    ASSERT_TRUE(producer->flush(30s));
    records_ = test::read_all(brokers_, topic_);
    ASSERT_EQ(records_.size(), static_cast<std::size_t>(kRecords));
  }

  [[nodiscard]] Position position_of(std::size_t number) const {
    return {{topic_, records_[number].partition}, records_[number].offset};
  }

  const std::string brokers_ = test::shared_brokers();
  const std::string topic_ = test::fresh_topic("fetched", kPartitions);
  const std::unique_ptr<RecordFetcher> fetcher_ =
      RecordFetcher::create(client_of(brokers_, "f")).value();
  std::vector<test::KeptRecord> records_;
};

TEST_F(RecordFetcherTest, HandsOverExactlyTheRecordsAskedFor) {
  std::mt19937 random{7};
  for (const std::size_t wanted : {1U, 40U, 2000U}) {
    std::vector<Position> positions;
    std::set<std::string> values;
    for (std::size_t i = 0; i < wanted; ++i) {
      const auto number = random() % records_.size();
      positions.push_back(position_of(number));
      values.insert(records_[number].value);
    }
    positions.push_back(positions.front());  // Asked for twice, handed over once.
    std::multiset<std::string> found;
    const auto start = std::chrono::steady_clock::now();
    const auto status = fetcher_->fetch(positions, 60s, [&](const RecordView& record) {
      EXPECT_EQ(record.topic, topic_);
      found.emplace(record.value);
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << wanted << " of " << kRecords << " records in " << took.count() << " s\n";
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_TRUE(std::equal(found.begin(), found.end(), values.begin(), values.end()));
  }
}

TEST_F(RecordFetcherTest, TellsOfAPositionThatIsNotThere) {
  auto beyond = position_of(0);
  beyond.offset = kRecords;
  const auto status = fetcher_->fetch(std::array{beyond}, 30s, [](const RecordView&) {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kNotFound);
  std::size_t found = 0;
  EXPECT_TRUE(fetcher_->fetch(std::array{position_of(5)}, 30s, [&found](const RecordView&) {
    ++found;
  })) << "it serves on";
  EXPECT_EQ(found, 1U);
}

TEST_F(RecordFetcherTest, StopsWhenAskedToAndWhenTheTimeIsOver) {
  std::stop_source stop;
  stop.request_stop();
  const auto ignore = [](const RecordView&) {};
  EXPECT_EQ(fetcher_->fetch(std::array{position_of(0)}, 30s, ignore, stop.get_token()).error().code,
            Errc::kCancelled);
  const auto nobody = RecordFetcher::create(client_of("localhost:1", "f")).value();
  EXPECT_EQ(nobody->fetch(std::array{position_of(0)}, 300ms, ignore).error().code,
            Errc::kBrokerUnavailable);
}

}  // namespace
}  // namespace cw::kafka
