// What an earlier process sent and did not live to save: the issuer is asked, and it is not sent
// again.
#include "lib/codec/feed_answer.hpp"
#include "worker_fixture.hpp"

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Wake = DeliveryWorker::Wake;

class DeliveryCatchUpTest : public WorkerTest {
 protected:
  DeliveryCatchUpTest() {
    config_.push.verify_at_start = true;
    bring_key();
    write_cards(1, 5);
  }
  static codec::FeedState saved_at(std::uint64_t through) {
    return {.issuer = kIssuer,
            .epoch = 1,
            .through = through,
            .accepted_through = through,
            .last_error = {},
            .updated_at = now()};
  }
  /// A process that delivered all five cards, and one that goes on from `through`, which the first
  /// saved before. A card is written between them.
  void deliver_and_restart(std::uint64_t through) {
    set_endpoint(settings(issuer_.url()));
    start();
    ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
    stop();
    before_ = issuer_.batches().size();
    write_cards(6, 6);
    start(saved_at(through));
  }
  [[nodiscard]] std::vector<Received> sent_since() const {
    auto batches = issuer_.batches();
    batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(before_));
    return batches;
  }
  /// Verifications are answered with 200 and this, other batches by default.
  void tell(std::uint64_t through, std::optional<std::uint32_t> epoch) {
    issuer_.behave([=](const Received& push) -> std::optional<http::Response> {
      if (push.verification.empty()) return std::nullopt;
      const codec::FeedAnswer answer{.accepted_through = through,
                                     .applied_through = through,
                                     .epoch = epoch,
                                     .rejected = {},
                                     .digest = {},
                                     .verification = push.verification};
      return http::Response::json(200, codec::encode(answer));
    });
  }
  /// The seqs of the one batch that was sent since.
  [[nodiscard]] std::vector<std::uint64_t> seqs_since() const {
    const auto sent = sent_since();
    EXPECT_EQ(sent.size(), 1U);
    return sent.empty() ? std::vector<std::uint64_t>{} : sent[0].seqs;
  }

  std::size_t before_ = 0;
};

TEST_F(DeliveryCatchUpTest, GoesOnBehindWhatTheIssuerTellsToHave) {
  deliver_and_restart(2);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since(), (std::vector<std::uint64_t>{6}));
  EXPECT_EQ(sent_since()[0].after, 5U);
  EXPECT_TRUE(logs("feed_caught_up"));
  EXPECT_EQ(states_.saved()->through, 6U);
  EXPECT_EQ(status().digest_equal, true) << "what was passed over is in the digest, too";
  EXPECT_EQ(issuer_.verifications().size(), 2U) << "one a start";
}

TEST_F(DeliveryCatchUpTest, ACursorThatWasCaughtUpIsSavedEvenIfNothingIsLeftToSend) {
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  stop();
  start(saved_at(2));
  ASSERT_TRUE(until([this] { return states_.saved()->through == 5 && all_delivered(); }));
  EXPECT_EQ(issuer_.batches().size(), 1U);
}

TEST_F(DeliveryCatchUpTest, WithoutItsEpochTheIssuerIsBelievedIfItHasTakenSomethingOfOurs) {
  tell(5, {});
  deliver_and_restart(2);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since(), (std::vector<std::uint64_t>{6}));
}

TEST_F(DeliveryCatchUpTest, WithoutItsEpochAndASavedCursorItIsNotBelieved) {
  tell(5, {});
  deliver_and_restart(0);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since().size(), 6U) << "it may stand in another epoch";
}

TEST_F(DeliveryCatchUpTest, ACursorOfAnotherEpochMeansNothing) {
  tell(5, 7);
  deliver_and_restart(2);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since().size(), 4U);
}

TEST_F(DeliveryCatchUpTest, ACursorBeyondEverythingIsAnAlarmAndMovesNothing) {
  tell(99, 1);
  deliver_and_restart(2);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since().size(), 4U);
  EXPECT_TRUE(logs("ack_never_sent"));
}

TEST_F(DeliveryCatchUpTest, WhoAnswers202IsSentWhatWasNotSaved) {
  issuer_.behave([](const Received&) { return std::optional{http::Response::empty(202)}; });
  deliver_and_restart(2);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(seqs_since().size(), 4U);
}

TEST_F(DeliveryCatchUpTest, TheCursorOfAnIssuerThatTellsItIsSavedNowAndThen) {
  config_.push.batch_entries_max = 1;
  config_.push.save_interval = 1min;
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().size(), 5U);
  EXPECT_EQ(states_.saves, 1) << "with the first batch; at rest it may wait as long";
  stop();
  EXPECT_EQ(states_.saves, 2);
  EXPECT_EQ(states_.saved()->through, 5U);
}

TEST_F(DeliveryCatchUpTest, TheCursorOfAnIssuerThatDoesNotIsSavedWithEachBatch) {
  config_.push.batch_entries_max = 1;
  config_.push.save_interval = 1min;
  issuer_.behave([](const Received&) { return std::optional{http::Response::empty(202)}; });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(states_.saves, 5);
}

}  // namespace
}  // namespace cw::notifier
