#include "notifier/feed_supervisor.hpp"

#include "lib/codec/control_codec.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "notifier/topic_inputs.hpp"
#include "worker_fixture.hpp"

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;

const IssuerId kOther{"visa-b"};

/// The service without Kafka: records go straight into TopicInputs.
class FeedSupervisorTest : public WorkerTest {
 protected:
  FeedSupervisorTest() {
    config_.push.response_timeout = 30s;
    supervisor_ =
        std::make_unique<FeedSupervisor>(io_.get_executor(), environment(), store_, book_);
    inputs_ = std::make_unique<TopicInputs>(
        TopicInputs::Parts{control_, store_, book_, *supervisor_, probe_});
  }
  ~FeedSupervisorTest() override { supervisor_->stop(0ms, 10s); }

  void record(Input input, const std::string& value) {
    const kafka::RecordView view{.topic = text(input),
                                 .partition = 0,
                                 .offset = offset_++,
                                 .timestamp_ms = 1000,
                                 .key = "",
                                 .value = value};
    inputs_->apply(input, std::span{&view, 1});
  }
  void control(const ControlRecord& written) { record(Input::kControl, codec::encode(written)); }
  void entry(const IssuerId& issuer, std::uint64_t sequence) {
    auto written = change(sequence);
    written.entry.issuer = issuer;
    record(Input::kWatchlist, codec::encode(written));
  }
  void endpoint(const IssuerId& issuer, std::uint32_t version = 1) {
    auto written = issuer_record(version, settings(issuer_.url(issuer)));
    written.id = issuer;
    control(written);
  }
  void caught_up() {
    for (const Input input : {Input::kControl, Input::kWatchlist, Input::kFeedState}) {
      inputs_->caught_up(input);
    }
  }
  [[nodiscard]] std::optional<FeedStatus> of(const IssuerId& issuer) const {
    for (auto& status : supervisor_->statuses()) {
      if (status.delivery.state.issuer == issuer) return status;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool is(const IssuerId& issuer, DeliveryPhase phase) const {
    const auto now = of(issuer);
    return now && now->delivery.phase == phase;
  }
  [[nodiscard]] bool delivered(const IssuerId& issuer, std::uint64_t entries) const {
    const auto now = of(issuer);
    return now && now->figures.entries == entries && now->figures.pending == 0;
  }

  FeedStateBook book_;
  std::unique_ptr<FeedSupervisor> supervisor_;
  std::unique_ptr<TopicInputs> inputs_;
  std::int64_t offset_ = 0;
};

TEST_F(FeedSupervisorTest, NothingIsPushedBeforeAllThreeTopicsAreKnown) {
  control(file_load());
  endpoint(kIssuer);
  entry(kIssuer, 1);
  inputs_->caught_up(Input::kControl);
  inputs_->caught_up(Input::kWatchlist);
  EXPECT_FALSE(supervisor_->started());
  EXPECT_TRUE(supervisor_->statuses().empty());
  inputs_->caught_up(Input::kFeedState);

  EXPECT_TRUE(until([this] { return delivered(kIssuer, 1); }));
}

TEST_F(FeedSupervisorTest, ThePushesGoOnFromTheSavedCursor) {
  control(file_load());
  endpoint(kIssuer);
  entry(kIssuer, 1);
  entry(kIssuer, 2);
  const auto through = static_cast<std::uint64_t>(offset_) - 1;
  record(Input::kFeedState,
         codec::encode(codec::FeedState{.issuer = kIssuer,
                                        .through = through,
                                        .accepted_through = through,
                                        .last_error = {},
                                        .updated_at = now()}));
  caught_up();

  ASSERT_TRUE(until([this] { return delivered(kIssuer, 2); }));
  ASSERT_EQ(issuer_.count(), 1U);
  EXPECT_EQ(issuer_.received()[0].seqs, std::vector{through + 1});
}

TEST_F(FeedSupervisorTest, AnIssuerThatAppearsLaterIsServedWithoutARestart) {
  control(file_load());
  caught_up();
  entry(kOther, 1);
  ASSERT_TRUE(until([this] { return is(kOther, DeliveryPhase::kHeld); }));
  EXPECT_EQ(of(kOther)->figures.pending, 1U);
  endpoint(kOther);

  EXPECT_TRUE(until([this] { return delivered(kOther, 1); }));
}

TEST_F(FeedSupervisorTest, TheUnassignedAreHeldAndShown) {
  caught_up();
  entry(kUnassignedIssuer, 1);

  ASSERT_TRUE(until([this] { return is(kUnassignedIssuer, DeliveryPhase::kHeld); }));
  EXPECT_NE(to_json(supervisor_->statuses()).find(R"("state":"held")"), std::string::npos);
}

TEST_F(FeedSupervisorTest, ADataKeyThatComesLaterFreesTheFeed) {
  endpoint(kIssuer);
  entry(kIssuer, 1);
  caught_up();
  ASSERT_TRUE(until([this] { return is(kIssuer, DeliveryPhase::kWaitingForKey); }));
  control(file_load());

  EXPECT_TRUE(until([this] { return delivered(kIssuer, 1); }));
}

TEST_F(FeedSupervisorTest, AfterWithdrawingNothingIsPushedUntilThePartitionIsServedAgain) {
  control(file_load());
  endpoint(kIssuer);
  caught_up();
  entry(kIssuer, 1);
  ASSERT_TRUE(until([this] { return delivered(kIssuer, 1); }));
  supervisor_->withdraw(1s, 5s);
  EXPECT_TRUE(supervisor_->statuses().empty());
  EXPECT_FALSE(supervisor_->serves(0));
  entry(kIssuer, 2);
  endpoint(kIssuer, 2);
  EXPECT_TRUE(supervisor_->statuses().empty());

  // What the next one reads of feed-state.v1.
  ASSERT_TRUE(states_.saved());
  record(Input::kFeedState, codec::encode(*states_.saved()));
  const std::size_t before = issuer_.count();
  supervisor_->serve(0);
  ASSERT_TRUE(until([this] { return delivered(kIssuer, 2); }));
  EXPECT_EQ(issuer_.count(), before + 1) << "what was delivered is not sent again";
}

TEST_F(FeedSupervisorTest, WithoutASavedCursorEverythingIsSentAgain) {
  control(file_load());
  endpoint(kIssuer);
  caught_up();
  entry(kIssuer, 1);
  ASSERT_TRUE(until([this] { return delivered(kIssuer, 1); }));
  supervisor_->withdraw(1s, 5s);
  supervisor_->serve(0);

  EXPECT_TRUE(until([this] { return issuer_.count() == 2 && delivered(kIssuer, 1); }));
}

// Goal: one issuer's silence is its own affair. Method: it never answers; the
// other gets 50 entries one by one meanwhile.
TEST_F(FeedSupervisorTest, AnIssuerThatNeverAnswersDelaysNoOther) {
  control(file_load());
  endpoint(kIssuer);
  endpoint(kOther);
  issuer_.behave([](const Received& push) -> std::optional<http::Response> {
    if (push.issuer != kIssuer.get()) return std::nullopt;
    return http::Response{.status = IssuerImposter::kHang};
  });
  caught_up();
  entry(kIssuer, 1000);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    entry(kOther, i);
    ASSERT_TRUE(until([&] { return delivered(kOther, i); }));
  }
  EXPECT_TRUE(is(kIssuer, DeliveryPhase::kSending));
  EXPECT_EQ(of(kOther)->digest_equal, true);
}

TEST_F(FeedSupervisorTest, RecordsThatCannotBeReadArePassedOverWithAnAlarm) {
  record(Input::kControl, "{");
  record(Input::kWatchlist, R"({"v":9})");
  record(Input::kFeedState, "rubbish");
  control(file_load());
  endpoint(kIssuer);
  entry(kIssuer, 1);
  caught_up();

  EXPECT_TRUE(until([this] { return delivered(kIssuer, 1); }));
  EXPECT_TRUE(logs("record_unreadable"));
  EXPECT_EQ(metric(R"(cardwatch_notifier_unreadable_records_total{topic="watchlist"})"), 1);
}

TEST_F(FeedSupervisorTest, AStopCancelsWhatDoesNotEndWithinItsGrace) {
  control(file_load());
  endpoint(kIssuer);
  issuer_.behave([](const Received&) -> std::optional<http::Response> {
    return http::Response{.status = IssuerImposter::kHang};
  });
  caught_up();
  entry(kIssuer, 1);
  ASSERT_TRUE(until([this] { return issuer_.count() == 1; }));
  const auto began = std::chrono::steady_clock::now();
  supervisor_->stop(50ms, 10s);

  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(is(kIssuer, DeliveryPhase::kEnded));
}

TEST_F(FeedSupervisorTest, TheFiguresAreMetricsToo) {
  control(file_load());
  endpoint(kIssuer);
  entry(kIssuer, 1);
  entry(kOther, 2);
  caught_up();
  ASSERT_TRUE(until([this] { return of(kIssuer)->digest_equal == true; }));
  ASSERT_TRUE(until([this] { return is(kOther, DeliveryPhase::kHeld); }));
  probe_.show(supervisor_->statuses());

  EXPECT_EQ(metric(R"(cardwatch_notifier_entries{issuer="jcb-a"})"), 1);
  EXPECT_EQ(metric(R"(cardwatch_notifier_pending_entries{issuer="visa-b"})"), 1);
  EXPECT_GT(metric(R"(cardwatch_notifier_oldest_undelivered_seconds{issuer="visa-b"})"), 0);
  EXPECT_EQ(metric(R"(cardwatch_notifier_digest_equal{issuer="jcb-a"})"), 1);
  EXPECT_EQ(metric(R"(cardwatch_notifier_digest_equal{issuer="visa-b"})"), -1);
  EXPECT_EQ(metric(R"(cardwatch_notifier_feed_state{issuer="visa-b",state="held"})"), 1);
}

}  // namespace
}  // namespace cw::notifier
