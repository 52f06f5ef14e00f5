#include "notifier/reconcile/reconcile_work.hpp"

#include "lib/codec/control_codec.hpp"
#include "lib/http/blocking.hpp"
#include "support/temp_dir.hpp"
#include "unit/notifier/reconcile/receiver_model.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cw::notifier {
namespace {

using namespace test;

/// A feed of cards 1 to 300, delivered and hashed, and a receiver that holds them.
class ReconcileWorkTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kCards = 300;

  ReconcileWorkTest() {
    secrets_.write("jcb-a", kSecret);
    ring_.add(keys().data.id(), keys().wrapped);
    for (std::uint64_t i = 1; i <= kCards; ++i) write(change(i));
    deliver();
  }

  void write(const WatchChange& change) { ASSERT_TRUE(feed_->apply(0, ++seq_, now(), change)); }

  /// Everything pending, to the receiver too.
  void deliver() {
    const auto window = feed_->next(10'000);
    if (window.entries.empty()) return;
    const auto built = builder_.build({.issuer = kIssuer,
                                       .after = receiver_.through(),
                                       .entries_max = 10'000,
                                       .bytes_max = 8U << 20U},
                                      window,
                                      target_.key);
    ASSERT_TRUE(built) << built.error().detail;
    receiver_.take(built.value().body);
    feed_->advance(built.value().through, built.value().entries);
  }

  [[nodiscard]] ExtraPlace place() const {
    return {.issuer = kIssuer, .epoch = 1, .through = feed_->figures().through, .target = target_};
  }
  [[nodiscard]] std::shared_ptr<ReconcileWork> work(RepairLimits limits = {}) {
    result_.reset();
    return std::make_shared<ReconcileWork>(
        builder_, feed_, limits, [this](Result<ReconcileResult> result) {
          EXPECT_FALSE(result_.has_value()) << "told twice";
          result_.emplace(std::move(result));
        });
  }
  [[nodiscard]] Result<std::optional<BuiltBatch>> next(ReconcileWork& work) {
    return http::run_blocking(io_, work.next(place()));
  }
  static PushOutcome accepted(codec::FeedAnswer answer) {
    PushOutcome outcome;
    outcome.event.kind = DeliveryEvent::Kind::kAccepted;
    outcome.answer = std::move(answer);
    return outcome;
  }
  static PushOutcome refused(DeliveryEvent::Kind kind) {
    PushOutcome outcome;
    outcome.event.kind = kind;
    outcome.event.error = {Errc::kRemoteRefused, "status 413"};
    return outcome;
  }
  /// As a delivery worker does it, until the work ends.
  ReconcileResult run(ReconcileWork& work) {
    for (;;) {
      auto message = next(work);
      if (!message || !message.value()) {
        work.ended(message ? Status{Ok{}} : Status{message.error()});
        break;
      }
      const auto batch = receiver_.take(message.value()->body);
      if (batch.head.replaces) replaced_.push_back(*batch.head.replaces);
      work.answered(accepted(receiver_.answer()));
    }
    EXPECT_TRUE(result_.has_value());
    EXPECT_TRUE(*result_) << result_->error().detail;
    return *result_ ? result_->value() : ReconcileResult{};
  }
  [[nodiscard]] bool equal() const {
    const auto digests = feed_->digests();
    return digests && digests->buckets == receiver_.digests();
  }

  boost::asio::io_context io_;
  cw::test::TempDir secrets_;
  KeyRing ring_ = keys().ring();
  BatchBuilder builder_{ring_};
  std::shared_ptr<IssuerFeed> feed_ = std::make_shared<IssuerFeed>(kIssuer);
  ReceiverModel receiver_;
  std::optional<Result<ReconcileResult>> result_;
  std::vector<codec::PositionRange> replaced_;
  PushTarget target_ = make_target();

 private:
  PushTarget make_target() {
    secrets_.write("jcb-a", kSecret);
    return resolve_target(settings("https://localhost:1/feed"), secrets_.path().string()).value();
  }

  std::uint64_t seq_ = 0;
};

TEST_F(ReconcileWorkTest, AnIssuerThatIsEqualIsSentNothing) {
  const auto result = run(*work());
  EXPECT_TRUE(result.equal_before);
  EXPECT_TRUE(result.equal_after);
  EXPECT_TRUE(result.differing.empty());
  EXPECT_EQ(result.through, kCards);
  EXPECT_TRUE(replaced_.empty());
}

TEST_F(ReconcileWorkTest, ALostCardCostsOnlyItsBucket) {
  const Pan lost = pan(7);
  receiver_.cards.erase(std::string{lost.reveal()});
  const crypto::Bucket bucket = crypto::bucket_of(crypto::card_position(lost));

  const auto result = run(*work());

  EXPECT_FALSE(result.equal_before);
  EXPECT_TRUE(result.equal_after);
  EXPECT_EQ(result.differing, std::vector<crypto::Bucket>{bucket});
  EXPECT_EQ(replaced_, std::vector<codec::PositionRange>{range_of(bucket)});
  EXPECT_LT(result.repaired_entries, 20U);
  EXPECT_GT(result.bytes, 0U);
  EXPECT_TRUE(equal());
}

TEST_F(ReconcileWorkTest, ABucketIsCutByTheLimits) {
  receiver_.cards.clear();
  const auto result = run(*work({.entries_max = 1}));
  EXPECT_TRUE(result.equal_after);
  EXPECT_EQ(result.repaired_entries, kCards);
  EXPECT_EQ(result.repair_batches, kCards);
  EXPECT_TRUE(equal());
}

TEST_F(ReconcileWorkTest, WhilePendingNothingCanBeCompared) {
  write(change(1, FeedOp::kUpdt, WatchLevel::kIdentified));
  const auto reconcile = work();
  const auto message = next(*reconcile);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, Errc::kUnavailable);
}

TEST_F(ReconcileWorkTest, ARepairGoesOnWithEntriesDeliveredInBetween) {
  receiver_.cards.clear();
  const auto reconcile = work({.entries_max = 1});
  receiver_.take(next(*reconcile).value()->body);
  reconcile->answered(accepted(receiver_.answer()));
  for (int i = 0; i < 3; ++i) {
    receiver_.take(next(*reconcile).value()->body);
    reconcile->answered(accepted(receiver_.answer()));
  }
  // Made, but not sent: the feed does something else first.
  ASSERT_TRUE(next(*reconcile));
  write(change(301));
  write(change(5, FeedOp::kDelt));
  deliver();
  const auto result = run(*reconcile);
  EXPECT_TRUE(result.equal_after);
  EXPECT_TRUE(equal());
}

TEST_F(ReconcileWorkTest, ABatchThatIsTooLargeIsCutSmaller) {
  receiver_.cards.clear();
  const auto reconcile = work();
  receiver_.take(next(*reconcile).value()->body);
  reconcile->answered(accepted(receiver_.answer()));
  std::size_t entries = 0;
  for (;;) {
    entries = ReceiverModel::open(next(*reconcile).value()->body).entries.size();
    if (entries <= 1) break;
    reconcile->answered(refused(DeliveryEvent::Kind::kRefused));
  }
  const auto result = run(*reconcile);
  EXPECT_TRUE(result.equal_after);
  EXPECT_TRUE(equal());
}

TEST_F(ReconcileWorkTest, AReceiverThatRefusesEverythingEndsIt) {
  const auto reconcile = work();
  ASSERT_TRUE(next(*reconcile));
  reconcile->answered(refused(DeliveryEvent::Kind::kRefused));
  const auto message = next(*reconcile);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, Errc::kRemoteRefused);
}

TEST_F(ReconcileWorkTest, AReceiverThatDoesNotCompareIsNotTakenForEqual) {
  const auto reconcile = work();
  ASSERT_TRUE(next(*reconcile));
  reconcile->answered(accepted({}));
  const auto message = next(*reconcile);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code, Errc::kConflict);
}

TEST_F(ReconcileWorkTest, AReceiverWithAGapEndsIt) {
  const auto reconcile = work();
  ASSERT_TRUE(next(*reconcile));
  reconcile->answered(refused(DeliveryEvent::Kind::kGap));
  EXPECT_EQ(next(*reconcile).error().code, Errc::kConflict);
}

// Goal: whatever the receiver lost, kept or garbled, it is equal afterwards, and only buckets that
// differed were sent.
TEST_F(ReconcileWorkTest, AnyDamageIsMendedByItsBucketsAlone) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  for (int round = 0; round < 10; ++round) {
    std::set<crypto::Bucket> damaged;
    for (std::size_t i = random() % 20; i > 0; --i) {
      const Pan card = pan(1 + random() % (2 * kCards));
      const std::uint64_t position = crypto::card_position(card);
      const std::string number{card.reveal()};
      damaged.insert(crypto::bucket_of(position));
      if (random() % 2 == 0 && receiver_.cards.erase(number) > 0) continue;
      receiver_.cards[number] = {position, "garbled " + std::to_string(random())};
    }
    replaced_.clear();
    const auto result = run(*work({.entries_max = 1 + random() % 5}));
    ASSERT_TRUE(result.equal_after);
    ASSERT_TRUE(equal());
    for (const auto& range : replaced_) {
      ASSERT_TRUE(damaged.contains(crypto::bucket_of(range.from)));
      ASSERT_EQ(crypto::bucket_of(range.from), crypto::bucket_of(range.through));
    }
  }
}

}  // namespace
}  // namespace cw::notifier
