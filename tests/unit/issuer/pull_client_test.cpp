#include "issuer/pull_client.hpp"

#include "lib/http/blocking.hpp"
#include "support/temp_dir.hpp"
#include "unit/http/http_fixture.hpp"
#include "unit/issuer/fake_notifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cw::issuer {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

/// A pulling issuer and a notifier with real HTTPS between them. The client's name is "jcb-a".
class PullClientTest : public http::HttpTest {
 protected:
  PullClientTest() {
    open_inbox();
    http::Router router{http::Principals{{{.name = "jcb-a", .roles = {"pull"}, .issuer = "card-a"},
                                          {.name = "desk-a", .roles = {"read"}}}}};
    notifier_.add_to(router);
    serve(std::move(router));
    connect("jcb-a");
  }

  void open_inbox(milliseconds apply_delay = milliseconds{0}) {
    puller_.reset();
    inbox_.reset();
    auto opened = Inbox::open(
        IssuerId{"card-a"},
        sender_.receiver_keys(),
        {.journal = {.path = (dir_ / "card-a.journal").string(), .bytes_max = 1U << 24U},
         .tolerance = minutes{5},
         .apply_delay = apply_delay});
    ASSERT_TRUE(opened) << opened.error().detail;
    inbox_ = std::move(opened).value();
  }
  void connect(const std::string& client,
               PullFsm::Options plan = {.wait = milliseconds{0},
                                        .interval = milliseconds{1},
                                        .digest_interval = hours{24}}) {
    puller_ = std::make_unique<PullClient>(
        *inbox_,
        pull_io_.get_executor(),
        context(http::TlsContext::Role::kClient, client),
        PullClient::Options{
            .url = "https://localhost:" + std::to_string(port_), .plan = plan, .entries_max = 3});
  }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      http::run_blocking(pull_io_, [](PullClient& puller) -> http::Task<bool> {
        co_await puller.step();
        co_return true;
      }(*puller_));
    }
  }
  /// Until what is held equals the notifier's list and all is acknowledged.
  void settle() { steps(kSettled); }
  [[nodiscard]] std::size_t asked(const std::string& prefix) const {
    const auto all = notifier_.requests();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const std::string& line) { return line.starts_with(prefix); }));
  }
  [[nodiscard]] InboxFigures figures() { return inbox_->figures(); }

  static constexpr int kSettled = 12;

  FeedSender sender_;
  FakeNotifier notifier_{sender_};
  test::TempDir dir_;
  boost::asio::io_context pull_io_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<PullClient> puller_;
};

TEST_F(PullClientTest, BeginsWithAVerificationAndTheWholeListAndAcknowledgesIt) {
  for (std::uint64_t card = 1; card <= 5; ++card) notifier_.put(card);
  notifier_.put(3, FeedOp::kDelt);

  settle();

  EXPECT_EQ(notifier_.requests().at(0), "POST /v1/feed/verify");
  EXPECT_EQ(notifier_.requests().at(1), "GET /v1/feed/snapshot");
  EXPECT_EQ(figures().entries, 4U);
  EXPECT_EQ(figures().through, 6U);
  EXPECT_EQ(figures().snapshots, 1U);
  EXPECT_EQ(figures().verifications, 1U);
  EXPECT_EQ(figures().differing_buckets, 0U) << "the digests were compared";
  ASSERT_FALSE(notifier_.acks().empty());
  EXPECT_EQ(notifier_.acks().back().accepted_through, 6U);
  EXPECT_EQ(notifier_.acks().back().applied_through, 6U);
  EXPECT_EQ(puller_->failures(), 0U);
}

TEST_F(PullClientTest, FollowsEntriesInPiecesAndInOrder) {
  settle();
  for (std::uint64_t card = 1; card <= 10; ++card) notifier_.put(card);
  notifier_.put(4, FeedOp::kDelt);

  settle();

  EXPECT_EQ(figures().entries, 9U);
  EXPECT_EQ(figures().through, 11U);
  EXPECT_EQ(figures().older_entries + figures().repeated_entries, 0U);
  EXPECT_EQ(figures().snapshots, 1U) << "the first, of an empty list";
  EXPECT_GE(asked("GET /v1/feed/entries?after=3&epoch=1&limit=3&wait=0"), 1U);
}

TEST_F(PullClientTest, ContinuesAfterARestartFromWhatIsOnDisk) {
  for (std::uint64_t card = 1; card <= 5; ++card) notifier_.put(card);
  settle();
  open_inbox();
  connect("jcb-a");
  notifier_.put(6);

  settle();

  EXPECT_EQ(figures().entries, 6U);
  EXPECT_EQ(asked("GET /v1/feed/snapshot"), 1U);
}

TEST_F(PullClientTest, AnotherEpochReplacesTheList) {
  notifier_.put(1);
  settle();
  notifier_.begin_epoch();
  notifier_.put(2);
  notifier_.put(3);

  settle();

  EXPECT_EQ(figures().epoch, 2U);
  EXPECT_EQ(figures().through, 2U);
  EXPECT_EQ(figures().entries, 2U);
  EXPECT_EQ(figures().snapshots, 2U);
}

TEST_F(PullClientTest, RepairsOnlyTheBucketsThatDiffer) {
  for (std::uint64_t card = 1; card <= 20; ++card) notifier_.put(card);
  settle();
  // A removal that the receiver is never told of.
  auto lost = sender_.push(plain_head(20, 21), {{.seq = 21, .card = 99}});
  ASSERT_TRUE(inbox_->accept_pulled(lost.body, now()));
  notifier_.put(100);
  notifier_.put(100, FeedOp::kDelt);
  connect("jcb-a");

  settle();

  const auto bucket = crypto::bucket_hex(crypto::bucket_of(crypto::card_position(card_number(99))));
  EXPECT_EQ(asked("GET /v1/feed/snapshot?buckets=" + bucket), 1U);
  EXPECT_EQ(figures().entries, 20U);
  EXPECT_EQ(figures().repairs, 1U);
  EXPECT_EQ(figures().repaired, 1U);
  EXPECT_EQ(figures().differing_buckets, 0U) << "compared again afterwards";
}

TEST_F(PullClientTest, RepairFromBeyondWhatIsHeldWaitsForTheEntriesBeforeIt) {
  notifier_.put(1);
  settle();
  auto lost = sender_.push(plain_head(1, 2), {{.seq = 2, .card = 99}});
  ASSERT_TRUE(inbox_->accept_pulled(lost.body, now()));
  notifier_.put(1);
  notifier_.put_before_repair({5, 6, 7, 8, 9});
  connect("jcb-a");

  settle();

  EXPECT_EQ(figures().entries, 6U);
  EXPECT_EQ(figures().through, 7U);
  EXPECT_EQ(figures().repairs, 2U) << "what was lost, and what was missed for it";
  EXPECT_GE(figures().gaps, 1U) << "it was held back";
  EXPECT_EQ(puller_->failures(), 0U);
}

TEST_F(PullClientTest, AppliedIsAcknowledgedWhenItIs) {
  open_inbox(milliseconds{60});
  connect("jcb-a");
  notifier_.put(1);
  steps(3);
  ASSERT_EQ(notifier_.acks().size(), 1U);
  EXPECT_EQ(notifier_.acks().back().accepted_through, 1U);
  EXPECT_EQ(notifier_.acks().back().applied_through, 0U);

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (notifier_.acks().size() < 2 && std::chrono::steady_clock::now() < deadline) steps(1);

  EXPECT_EQ(notifier_.acks().back().applied_through, 1U);
}

TEST_F(PullClientTest, TellsWhatBecameOfTheCards) {
  AnswerShares shares;
  shares.shares[1] = AnswerShares::kWhole;  // REISSUED
  inbox_->behaviour().set({.answers = shares});
  notifier_.answer_with("/v1/feed/ack", http::Response::json(503, "{}"));
  notifier_.put(1);
  notifier_.put(2);

  settle();

  std::size_t told = 0;
  for (const auto& ack : notifier_.acks()) told += ack.answer.cards.size();
  EXPECT_EQ(told, 2U) << "once, though the first attempt failed";
  EXPECT_EQ(notifier_.acks().at(0).answer.cards.at(0).status, CardStatus::kReissued);
  EXPECT_EQ(figures().answers, 2U);
}

TEST_F(PullClientTest, AcknowledgesOnlyWhereTheListIsPushed) {
  connect("jcb-a", {.entries = false, .interval = milliseconds{1}});
  const auto push = sender_.push(plain_head(0, 2), {{.seq = 2, .card = 1}});
  ASSERT_TRUE(inbox_->accept(push.push(), FeedSender::clock()));
  notifier_.put(9);

  settle();

  EXPECT_EQ(asked("GET"), 0U);
  ASSERT_EQ(notifier_.acks().size(), 1U);
  EXPECT_FALSE(notifier_.acks().at(0).accepted_through);
  EXPECT_EQ(notifier_.acks().at(0).applied_through, 2U);
}

TEST_F(PullClientTest, TriesAgainUntilTheNotifierIsThere) {
  notifier_.put(1);
  notifier_.answer_with("/v1/feed/verify", http::Response::json(503, "{}"), 2);
  notifier_.answer_with("/v1/feed/snapshot", http::Response::json(200, ""), 1);

  steps(2 * kSettled);

  EXPECT_EQ(figures().entries, 1U);
  EXPECT_EQ(puller_->failures(), 3U);
  EXPECT_TRUE(logged("pull_failed"));
}

TEST_F(PullClientTest, AcknowledgementThatGoesBackIsNotRepeated) {
  notifier_.answer_with(
      "/v1/feed/ack", http::Response::json(409, R"({"code":"ACK_BACKWARDS"})"), 9);
  notifier_.put(1);

  settle();

  EXPECT_EQ(asked("POST /v1/feed/ack"), 1U);
  EXPECT_TRUE(logged("acknowledgement_refused"));
}

TEST_F(PullClientTest, PausedFeedIsWaitedForAndNotTakenAnew) {
  settle();
  const auto paused = http::Response::json(409, R"({"code":"CONFLICT"})");
  notifier_.answer_with("/v1/feed/entries", paused);
  notifier_.answer_with("/v1/feed/status", http::Response::json(200, R"({"state":"paused"})"));
  notifier_.put(1);
  settle();
  EXPECT_EQ(figures().snapshots, 1U);
  EXPECT_EQ(figures().entries, 1U);
  EXPECT_EQ(puller_->failures(), 1U);

  notifier_.answer_with("/v1/feed/entries", paused);
  notifier_.put(2);
  settle();
  EXPECT_EQ(figures().snapshots, 2U) << "not paused, so what is held does not fit";
}

TEST_F(PullClientTest, DigestThatIsNotKnownYetIsAskedForLater) {
  notifier_.answer_with("/v1/feed/digest", http::Response::json(503, "{}"), 2);
  notifier_.put(1);
  steps(4 * kSettled);
  EXPECT_EQ(figures().differing_buckets, 0U);
  EXPECT_EQ(puller_->failures(), 0U);
}

TEST_F(PullClientTest, TakesNothingThatIsNotForIt) {
  const FeedSender other("card-b");
  http::Response theirs{.status = 200, .headers = {}, .body = {}};
  theirs.body = other.push(snapshot_head(kAllPositions, 5), {{.seq = 5, .card = 1}}).body + "\n";
  notifier_.answer_with("/v1/feed/snapshot", theirs, 1000);

  settle();

  EXPECT_EQ(figures().entries, 0U);
  EXPECT_GE(figures().refused, 1U);
  EXPECT_GE(puller_->failures(), 1U);
}

TEST_F(PullClientTest, NobodyElsesCertificateWillDo) {
  connect("desk-a");
  steps(2);
  EXPECT_EQ(puller_->failures(), 1U) << "and then a pause";
  EXPECT_TRUE(notifier_.requests().empty());
}

TEST_F(PullClientTest, OpenPollIsLeftOffWhenTheProcessEnds) {
  auto work = std::make_unique<boost::asio::io_context>();
  {
    PullClient client(*inbox_,
                      work->get_executor(),
                      context(http::TlsContext::Role::kClient, "jcb-a"),
                      {.url = "https://localhost:" + std::to_string(port_),
                       .plan = {.interval = milliseconds{1}}});
    boost::asio::co_spawn(*work, client.run(), boost::asio::detached);
    while (asked("GET /v1/feed/entries") == 0) work->run_one();
    work->stop();
  }
  work.reset();
  EXPECT_GE(asked("POST /v1/feed/verify"), 1U);
}

}  // namespace
}  // namespace cw::issuer
