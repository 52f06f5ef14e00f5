#include "notifier/reconcile/reconciler.hpp"

#include "lib/http/blocking.hpp"
#include "support/temp_dir.hpp"
#include "unit/notifier/reconcile/receiver_model.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <set>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// A reconciler, one feed of 50 cards, and a delivery that hands each message to the receiver.
class ReconcilerTest : public testing::Test {
 protected:
  ReconcilerTest() {
    secrets_.write("jcb-a", kSecret);
    target_.emplace(
        resolve_target(settings("https://localhost:1/feed"), secrets_.path().string()).value());
    ring_.add(keys().data.id(), keys().wrapped);
    for (std::uint64_t i = 1; i <= 50; ++i) {
      EXPECT_TRUE(feed_->apply(0, i, now(), change(i)));
    }
    deliver();
  }
  ~ReconcilerTest() override {
    if (reconciler_) reconciler_->stop();
    io_.restart();
    io_.run_for(1s);
  }

  void deliver() {
    const auto window = feed_->next(1000);
    const auto built =
        builder_.build({.issuer = kIssuer, .after = receiver_.through()}, window, target_->key);
    ASSERT_TRUE(built);
    receiver_.take(built.value().body);
    feed_->advance(built.value().through, built.value().entries);
  }

  Reconciler& make(ReconcileOptions options) {
    reconciler_ = std::make_shared<Reconciler>(
        io_.get_executor(),
        options,
        builder_,
        probe_,
        Reconciler::Hooks{
            .issuers = [] { return std::vector{kIssuer}; },
            .feed = [this](const IssuerId& issuer) -> std::shared_ptr<IssuerFeed> {
              if (issuer != kIssuer) return nullptr;
              return feed_;
            },
            .add = [this](const IssuerId&, std::shared_ptr<ExtraWork> work) -> Status {
              ++added_;
              if (refuses_) return Error{Errc::kConflict, "held"};
              boost::asio::co_spawn(io_, perform(this, std::move(work)), boost::asio::detached);
              return Ok{};
            }});
    return *reconciler_;
  }

  static http::Task<void> perform(ReconcilerTest* self, std::shared_ptr<ExtraWork> work) {
    for (;;) {
      // gcc 12 destroys an aggregate twice that is made inside of a co_await.
      const ExtraPlace place{.issuer = kIssuer,
                             .epoch = 1,
                             .through = self->feed_->figures().through,
                             .target = *self->target_};
      auto message = co_await work->next(place);
      if (!message) co_return work->ended(message.error());
      if (!message.value()) co_return work->ended(Ok{});
      self->receiver_.take(message.value()->body);
      PushOutcome outcome;
      outcome.event.kind = DeliveryEvent::Kind::kAccepted;
      outcome.answer = self->receiver_.answer();
      work->answered(outcome);
    }
  }

  boost::asio::io_context io_;
  cw::test::TempDir secrets_;
  std::optional<PushTarget> target_;
  KeyRing ring_ = keys().ring();
  BatchBuilder builder_{ring_};
  telemetry::Registry metrics_;
  ReconcileProbe probe_{metrics_};
  std::shared_ptr<IssuerFeed> feed_ = std::make_shared<IssuerFeed>(kIssuer);
  ReceiverModel receiver_;
  std::shared_ptr<Reconciler> reconciler_;
  int added_ = 0;
  bool refuses_ = false;
};

TEST(ReconcileTurn, RisesByOneEachIntervalAtAMomentOfTheIssuersOwn) {
  const Instant at = parse_instant("2009-07-23T01:00:00Z").value();
  std::set<std::int64_t> moments;
  for (int i = 0; i < 50; ++i) {
    const IssuerId issuer{"issuer-" + std::to_string(i)};
    const auto now = turn_of(issuer, at, 24h);
    EXPECT_EQ(turn_of(issuer, at + 24h, 24h), now + 1);
    EXPECT_EQ(turn_of(issuer, at, 24h), now);
    std::int64_t minutes = 0;
    while (turn_of(issuer, at + std::chrono::minutes{minutes}, 24h) == now) ++minutes;
    moments.insert(minutes);
  }
  EXPECT_GT(moments.size(), 40U) << "they are spread over the day";
}

TEST_F(ReconcilerTest, ARequestComparesAndRepairs) {
  auto& reconciler = make({});
  receiver_.cards.erase(std::string{pan(3).reveal()});
  const auto result = http::run_blocking(io_, reconciler.run(kIssuer));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_FALSE(result.value().equal_before);
  EXPECT_TRUE(result.value().equal_after);
  EXPECT_EQ(result.value().differing.size(), 1U);
  EXPECT_EQ(reconciler.last(kIssuer), result.value());
  EXPECT_NE(to_json(result.value()).find("\"equal_before\":false"), std::string::npos);
}

TEST_F(ReconcilerTest, AnIssuerWithoutAFeedHereIsToldSo) {
  auto& reconciler = make({});
  const auto result = http::run_blocking(io_, reconciler.run(IssuerId{"jcb-z"}));
  EXPECT_EQ(result.error().code, Errc::kFeedNotHere);
  EXPECT_FALSE(reconciler.last(IssuerId{"jcb-z"}));
}

TEST_F(ReconcilerTest, ADeliveryThatSendsNothingIsAnError) {
  auto& reconciler = make({});
  refuses_ = true;
  EXPECT_EQ(http::run_blocking(io_, reconciler.run(kIssuer)).error().code, Errc::kConflict);
}

TEST_F(ReconcilerTest, WhileEntriesArePendingItTriesAgain) {
  auto& reconciler = make({.retry = 5ms, .patience = 10s});
  EXPECT_TRUE(feed_->apply(0, 51, now(), change(51)));
  std::optional<Result<ReconcileResult>> result;
  const auto ask = [](Reconciler& of,
                      std::optional<Result<ReconcileResult>>& out) -> http::Task<void> {
    auto outcome = co_await of.run(kIssuer);
    out.emplace(std::move(outcome));
  };
  boost::asio::co_spawn(io_, ask(reconciler, result), boost::asio::detached);
  while (added_ < 3 && io_.run_one_for(10s) > 0) {
  }
  EXPECT_FALSE(result);
  const auto second = http::run_blocking(io_, reconciler.run(kIssuer));
  EXPECT_EQ(second.error().code, Errc::kConflict) << "one is under way";
  deliver();
  while (!result && io_.run_one_for(10s) > 0) {
  }
  ASSERT_TRUE(result);
  ASSERT_TRUE(*result) << result->error().detail;
  EXPECT_TRUE(result->value().equal_before);
}

TEST_F(ReconcilerTest, WithoutAQuietMomentItGivesUp) {
  auto& reconciler = make({.retry = 1ms, .patience = 20ms});
  EXPECT_TRUE(feed_->apply(0, 51, now(), change(51)));
  EXPECT_EQ(http::run_blocking(io_, reconciler.run(kIssuer)).error().code, Errc::kUnavailable);
}

TEST_F(ReconcilerTest, OnScheduleEachIssuerHasItsTurn) {
  auto& reconciler = make({.interval = 30ms, .retry = 5ms});
  receiver_.cards.clear();
  reconciler.start();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (added_ < 2 && std::chrono::steady_clock::now() < deadline) io_.run_one_for(100ms);
  EXPECT_GE(added_, 2);
  EXPECT_EQ(receiver_.digests(), feed_->digests()->buckets);
}

TEST_F(ReconcilerTest, AfterAStopNothingIsBegun) {
  auto& reconciler = make({.interval = 1ms, .retry = 1ms});
  reconciler.start();
  reconciler.stop();
  io_.run_for(50ms);
  EXPECT_EQ(added_, 0);
  EXPECT_EQ(http::run_blocking(io_, reconciler.run(kIssuer)).error().code, Errc::kUnavailable);
}

}  // namespace
}  // namespace cw::notifier
