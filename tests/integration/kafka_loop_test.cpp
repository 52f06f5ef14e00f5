// The exactly-once loop against a real broker: whatever happens to it, each input has one effect.
#include "kafka_records.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/transaction_loop.hpp"
#include "support/kafka_fixture.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

namespace cw::kafka {
namespace {

using namespace std::chrono_literals;
using test::client_of;
using test::read_all;

/// Numbers the records of each partition, over all its topics, in the order in which they take
/// effect: for each input one output "<n> <value>". A record lost, doubled or processed on wrong
/// state shows in the numbers.
class NumberingStep : public TransactionStep {
 public:
  /// What outlives a restart: the counts and where they are exact.
  struct Store {
    std::map<std::int32_t, std::int64_t> count;
    std::map<TopicPartition, std::int64_t> positions;
  };

  /// Without a store, everything is restored from the inputs.
  explicit NumberingStep(Store* store = nullptr) : store_(store) {}

  std::vector<Position> opened(std::int32_t partition) override {
    count_[partition] = 0;
    std::vector<Position> held;
    if (store_ == nullptr) return held;
    for (const auto& [where, offset] : store_->positions) {
      if (where.partition == partition) held.push_back({where, offset});
    }
    if (!held.empty()) count_[partition] = store_->count.at(partition);
    return held;
  }
  void reset(std::int32_t partition) override {
    ++resets;
    count_[partition] = 0;
    std::erase_if(store_->positions,
                  [&](const auto& at) { return at.first.partition == partition; });
  }
  void closed(std::int32_t partition) override { count_.erase(partition); }
  void restored(std::int32_t /*partition*/, std::span<const Position> at) override { store(at); }
  void restore(std::span<const RecordView> records) override {
    for (const auto& record : records) ++count_.at(record.partition);
    restored_records += records.size();
  }
  Status process(std::span<const RecordView> records, OutputSink& out) override {
    overlay_ = count_;
    for (const auto& record : records) {
      const auto value =
          std::to_string(++overlay_.at(record.partition)) + " " + std::string{record.value};
      auto status = out.put(0, record.partition, record.key, value);
      if (!status) return status;
    }
    if (refuse) return Error{Errc::kLimitReached, "refused by the test"};
    if (failures > 0) {
      --failures;
      return Error{Errc::kTransactionAborted, "asked for by the test"};
    }
    return Ok{};
  }
  void committed(std::span<const Position> batch_end) override {
    count_ = overlay_;
    store(batch_end);
  }
  void aborted() override { ++aborts; }

  std::atomic<int> failures{0};     ///< Batches to fail after their outputs were written.
  std::atomic<bool> refuse{false};  ///< To go on at all.
  std::atomic<int> aborts{0};
  std::atomic<int> resets{0};
  std::atomic<std::size_t> restored_records{0};

 private:
  void store(std::span<const Position> at) {
    if (store_ == nullptr) return;
    store_->count = count_;
    for (const auto& position : at) store_->positions[position.where] = position.offset;
  }

  Store* store_;
  std::map<std::int32_t, std::int64_t> count_;
  std::map<std::int32_t, std::int64_t> overlay_;
};

/// Topics of one test on one broker.
struct World {
  std::string brokers;
  std::string prefix = test::fresh_prefix();
  std::int32_t partitions = 2;
  int produced = 0;

  World(std::string address, std::int32_t count) : brokers(std::move(address)), partitions(count) {
    const auto admin = Admin::create(client_of(brokers, "a")).value();
    const std::vector<TopicSpec> specs{{.name = in("a"), .partitions = partitions},
                                       {.name = in("b"), .partitions = partitions},
                                       {.name = out(), .partitions = partitions}};
    EXPECT_TRUE(admin->create_topics(specs, 30s));
  }
  [[nodiscard]] std::string in(const std::string& name) const { return prefix + name; }
  [[nodiscard]] std::string out() const { return prefix + "out"; }

  /// Writes more inputs to both topics; values are unique numbers.
  void produce(int count) {
    const auto producer =
        Producer::create(client_of(brokers, "p"), {.delivery_timeout = 60s}).value();
    for (int end = produced + count; produced < end; ++produced) {
      const auto value = std::to_string(produced);
      const auto topic = in(produced % 3 == 0 ? "b" : "a");
      ASSERT_TRUE(producer->produce_wait({topic, value, value}, nullptr, 30s));
    }
    ASSERT_TRUE(producer->flush(60s));
  }

  /// Each input has exactly one output, and the numbers of each partition have no gap.
  void check() const {
    std::set<std::string> values;
    std::map<std::int32_t, std::int64_t> last;
    const auto outputs = read_all(brokers, out());
    for (const auto& record : outputs) {
      const auto space = record.value.find(' ');
      EXPECT_EQ(std::stoll(record.value.substr(0, space)), ++last[record.partition]);
      EXPECT_TRUE(values.insert(record.value.substr(space + 1)).second) << record.value;
    }
    EXPECT_EQ(values.size(), static_cast<std::size_t>(produced));
  }

  [[nodiscard]] bool done() const {
    return read_all(brokers, out()).size() >= static_cast<std::size_t>(produced);
  }
};

/// A loop in its own thread.
class Lane {
 public:
  Lane(const World& world,
       const std::string& instance,
       std::size_t batch_max = 100,
       NumberingStep::Store* store = nullptr)
      : step(store), loop_(options(world, instance, batch_max), step) {
    thread_ = std::thread{[this] {
      auto status = loop_.run();
      const std::lock_guard lock{mutex_};
      end_ = std::move(status);
    }};
  }
  ~Lane() { static_cast<void>(stop()); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  [[nodiscard]] LoopSnapshot snapshot() const { return loop_.snapshot(); }
  [[nodiscard]] bool running() const { return snapshot().state == LoopState::kRunning; }
  [[nodiscard]] std::optional<Status> end() const {
    const std::lock_guard lock{mutex_};
    return end_;
  }
  Status stop() {
    loop_.request_stop();
    if (thread_.joinable()) thread_.join();
    return *end();
  }

  NumberingStep step;

 private:
  static TransactionLoopOptions options(const World& world,
                                        const std::string& instance,
                                        std::size_t batch_max) {
    TransactionLoopOptions options;
    options.client = client_of(world.brokers, instance);
    options.group_id = world.prefix + "group";
    options.instance_id = instance;
    options.topics = {world.in("a"), world.in("b")};
    options.output_topics = {world.out()};
    options.batch_records_max = batch_max;
    options.session_timeout = 6s;
    if (std::getenv("CARDWATCH_TEST_VERBOSE") != nullptr) {
      options.on_event = [instance](const std::string& event) {
        std::cerr << instance << ": " << event << '\n';
      };
      options.client.log = [instance](int, std::string_view facility, std::string_view text) {
        std::cerr << instance << ": " << facility << ": " << text << '\n';
      };
    }
    return options;
  }

  TransactionLoop loop_;
  mutable std::mutex mutex_;
  std::optional<Status> end_;
  std::thread thread_;
};

constexpr auto kLong = 120s;

TEST(KafkaLoop, EachInputHasOneEffectAndOffsetsCommitWithIt) {
  World world{test::shared_brokers(), 2};
  world.produce(3'000);
  Lane lane{world, "i-0"};
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_TRUE(test::wait_until([&] { return lane.snapshot().lag == 0; }, 20s));
  EXPECT_TRUE(lane.stop());
  world.check();
  const auto admin = Admin::create(client_of(world.brokers, "a")).value();
  for (const auto& name : {world.in("a"), world.in("b")}) {
    EXPECT_EQ(admin->committed(world.prefix + "group", name, 20s).value(),
              admin->end_offsets(name, 20s).value());
  }
}

TEST(KafkaLoop, ARestartRestoresFromTheInputsAndGoesOn) {
  World world{test::shared_brokers(), 2};
  for (int round = 0; round < 3; ++round) {
    const auto before = world.produced;
    world.produce(500);
    Lane lane{world, "i-0"};
    ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
    EXPECT_TRUE(lane.stop());
    EXPECT_EQ(lane.step.restored_records, static_cast<std::size_t>(before));
  }
  world.check();
}

TEST(KafkaLoop, ALocalStoreSparesTheRestartAllButTheTail) {
  World world{test::shared_brokers(), 2};
  NumberingStep::Store kept;
  const auto run = [&](int records) {
    world.produce(records);
    Lane lane{world, "i-0", 100, &kept};
    EXPECT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
    EXPECT_TRUE(lane.stop());
    EXPECT_EQ(lane.step.resets, 0);
    return lane.step.restored_records.load();
  };
  EXPECT_EQ(run(500), 0U);
  const auto old = kept;
  EXPECT_EQ(run(300), 0U) << "the store has everything";
  kept = old;
  EXPECT_EQ(run(200), 300U) << "the store lacks what was processed without it";
  world.check();
}

TEST(KafkaLoop, AStoreFromTheFutureIsForgottenAndTheStateBuiltAnew) {
  World world{test::shared_brokers(), 2};
  NumberingStep::Store kept;
  for (int round = 0; round < 2; ++round) {
    const auto before = static_cast<std::size_t>(world.produced);
    world.produce(300);
    if (round > 0) {
      for (auto& [partition, count] : kept.count) count += 5'000;
      for (auto& [where, offset] : kept.positions) {
        if (where.topic == world.in("a")) offset += 5'000;
      }
    }
    Lane lane{world, "i-0", 100, &kept};
    ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
    EXPECT_TRUE(lane.stop());
    EXPECT_EQ(lane.step.resets, round == 0 ? 0 : world.partitions);
    EXPECT_EQ(lane.step.restored_records, before);
  }
  world.check();
}

TEST(KafkaLoop, AnAbortedBatchIsReadAgain) {
  World world{test::shared_brokers(), 2};
  world.produce(1'000);
  Lane lane{world, "i-0", 50};
  lane.step.failures = 5;
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_TRUE(lane.stop());
  EXPECT_EQ(lane.step.aborts, 5);
  world.check();
}

// Goal: a lane whose step refuses to go on commits nothing, stays up and keeps its partitions, also
// when another lane comes; started anew, it tries again.
TEST(KafkaLoop, AStepThatRefusesHoldsItsLane) {
  World world{test::shared_brokers(), 2};
  world.produce(100);
  auto lane = std::make_unique<Lane>(world, "i-0");
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  lane->step.refuse = true;
  const auto before = static_cast<std::size_t>(world.produced);
  world.produce(100);
  ASSERT_TRUE(test::wait_until([&] { return lane->snapshot().state == LoopState::kHeld; }, kLong));
  EXPECT_EQ(lane->snapshot().held, "refused by the test");
  lane->step.refuse = false;
  world.produce(100);
  {
    Lane other{world, "i-1"};
    ASSERT_TRUE(test::wait_until([&] { return other.running(); }, kLong));
    EXPECT_EQ(lane->snapshot().state, LoopState::kHeld);
    EXPECT_TRUE(other.stop());
  }
  EXPECT_FALSE(lane->end().has_value());
  EXPECT_LT(read_all(world.brokers, world.out()).size(), before + 200);
  EXPECT_TRUE(lane->stop());
  lane = std::make_unique<Lane>(world, "i-0");
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_TRUE(lane->stop());
  world.check();
}

TEST(KafkaLoop, AnIdleLaneOpensNoTransactionAndIsReady) {
  World world{test::shared_brokers(), 1};
  Lane first{world, "i-0"};
  ASSERT_TRUE(test::wait_until([&] { return first.running(); }, kLong));
  Lane second{world, "i-1"};  // There is no partition for it.
  ASSERT_TRUE(test::wait_until(
      [&] {
        return first.snapshot().state != second.snapshot().state &&
               (first.snapshot().state == LoopState::kIdle ||
                second.snapshot().state == LoopState::kIdle);
      },
      kLong));
  EXPECT_TRUE(read_all(world.brokers, world.out()).empty());
}

TEST(KafkaLoop, ASecondLaneTakesPartitionsOverWithoutLossOrRepeat) {
  World world{test::shared_brokers(), 4};
  world.produce(2'000);
  Lane first{world, "i-0"};
  ASSERT_TRUE(test::wait_until([&] { return first.running(); }, kLong));
  Lane second{world, "i-1"};
  world.produce(2'000);
  ASSERT_TRUE(test::wait_until(
      [&] {
        return first.snapshot().partitions.size() == 2 && second.snapshot().partitions.size() == 2;
      },
      kLong));
  world.produce(2'000);
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  // The second goes for good: after the session time-out the first has everything again.
  EXPECT_TRUE(second.stop());
  world.produce(1'000);
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_EQ(first.snapshot().partitions.size(), 4U);
  EXPECT_TRUE(first.stop());
  world.check();
}

// Goal: of two lanes under one id only the younger commits, and the elder stops and says why.
TEST(KafkaLoop, AZombieIsFencedAndStops) {
  World world{test::shared_brokers(), 2};
  world.produce(200);
  Lane zombie{world, "i-0"};
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  Lane successor{world, "i-0"};
  ASSERT_TRUE(test::wait_until([&] { return successor.running(); }, kLong));
  world.produce(200);
  ASSERT_TRUE(test::wait_until([&] { return zombie.end().has_value(); }, kLong));
  ASSERT_FALSE(*zombie.end());
  EXPECT_EQ(zombie.end()->error().code, Errc::kFenced);
  EXPECT_EQ(zombie.snapshot().state, LoopState::kFailed);
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_TRUE(successor.stop());
  world.check();
}

TEST(KafkaLoop, SurvivesBrokerCrashes) {
  // The machine may be slow to start the broker again: longer than the transaction time-out, so
  // that the coordinator has given the transaction up.
  test::PrivateKafka kafka;
  World world{kafka.brokers(), 2};
  world.produce(500);
  Lane lane{world, "i-0", 20};
  ASSERT_TRUE(test::wait_until([&] { return lane.running(); }, kLong));
  for (int crash = 0; crash < 2; ++crash) {
    kafka.kill();
    kafka.start();
    world.produce(500);
  }
  const bool done = test::wait_until([&] { return world.done(); }, kLong);
  EXPECT_FALSE(lane.end().has_value()) << lane.end()->error().detail;
  ASSERT_TRUE(done);
  EXPECT_TRUE(lane.stop());
  world.check();
}

TEST(KafkaLoop, WaitsForABrokerThatIsAwayAtTheStart) {
  test::PrivateKafka kafka;
  World world{kafka.brokers(), 1};
  world.produce(10);
  kafka.stop();
  Lane lane{world, "i-0"};
  EXPECT_FALSE(test::wait_until([&] { return lane.running() || lane.end(); }, 1s));
  kafka.start();
  ASSERT_TRUE(test::wait_until([&] { return world.done(); }, kLong));
  EXPECT_TRUE(lane.stop());
  world.check();
}

}  // namespace
}  // namespace cw::kafka
