#include "lib/codec/json_value.hpp"
#include "unit/notifier/pull/pull_bench.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <set>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;

codec::JsonDocument json(const http::Response& response) {
  return codec::JsonDocument::parse(response.body).value();
}

TEST_F(PullTest, EntriesComeBatchByBatchBehindWhatWasTaken) {
  write_cards(1, 5);
  ReceiverModel receiver;
  const auto first = get("/v1/feed/entries?after=0&limit=3&epoch=1");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.headers.find("content-type"), "application/jose");
  const auto batch = receiver.take(first.body);
  EXPECT_EQ(batch.head.after, 0U);
  EXPECT_EQ(batch.head.through, 3U);
  EXPECT_TRUE(batch.head.more);
  const auto rest = receiver.take(get("/v1/feed/entries?after=3").body);
  EXPECT_EQ(rest.head.through, 5U);
  EXPECT_FALSE(rest.head.more);
  EXPECT_EQ(receiver.cards.size(), 5U);
  EXPECT_EQ(get("/v1/feed/entries?after=5").status, 204);
}

TEST_F(PullTest, TheSameIsGivenAgainUntilItIsAcknowledgedAndAfterwardsToo) {
  write_cards(1, 2);
  EXPECT_EQ(ReceiverModel::open(get("/v1/feed/entries?after=0").body).entries.size(), 2U);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":2})").status, 200);
  EXPECT_EQ(ReceiverModel::open(get("/v1/feed/entries?after=0").body).entries.size(), 2U)
      << "a receiver that lost its state begins anew";
}

TEST_F(PullTest, EntriesWithoutANumberArePassedOverByAnEmptyBatch) {
  write(bare_removal(1));
  const auto batch = ReceiverModel::open(get("/v1/feed/entries?after=0").body);
  EXPECT_TRUE(batch.entries.empty());
  EXPECT_EQ(batch.head.after, 0U);
  EXPECT_EQ(batch.head.through, 1U);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":1})").status, 200);
  EXPECT_EQ(codec::decode_feed_digest(get("/v1/feed/digest").body).value().digest.count, 0U);
}

TEST_F(PullTest, AnotherEpochIsToldWithTheOneOfNow) {
  write_cards(1, 1);
  desk_.epoch = 3;
  const auto answer = get("/v1/feed/entries?after=0&epoch=2");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(json(answer).root()["code"].text(), "EPOCH_OVER");
  EXPECT_EQ(json(answer).root()["epoch"].integer(), 3);
  EXPECT_EQ(get("/v1/feed/entries?after=0&epoch=3").status, 200);
}

TEST_F(PullTest, ACursorBeyondTheFeedIsRefused) {
  write_cards(1, 1);
  EXPECT_EQ(get("/v1/feed/entries?after=2").status, 409);
}

TEST_F(PullTest, ParametersAreChecked) {
  for (const auto* query : {"after=-1",
                            "after=x",
                            "after=",
                            "after=1&after=2",
                            "limit=0",
                            "limit=10001",
                            "wait=61",
                            "epoch=0",
                            "issuer=jcb-b",
                            "after=99999999999999999999"}) {
    const auto answer = get("/v1/feed/entries?" + std::string{query});
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_TRUE(has(answer, "BAD_REQUEST")) << query;
  }
  for (const auto* query : {"buckets=", "buckets=0", "buckets=0A", "buckets=0a,", "bucket=0a"}) {
    EXPECT_EQ(get("/v1/feed/snapshot?" + std::string{query}).status, 400) << query;
  }
}

TEST_F(PullTest, WhatIsPushedIsNotHandedOutBeforeItsTurn) {
  write_cards(1, 3);
  set_mode(FeedMode::kPush);
  EXPECT_EQ(get("/v1/feed/entries?after=0").status, 204);
  feed().advance(2, {});
  const auto batch = ReceiverModel::open(get("/v1/feed/entries?after=0").body);
  EXPECT_EQ(batch.head.through, 2U);
}

TEST_F(PullTest, AFeedThatIsPausedHandsNothingOut) {
  write_cards(1, 1);
  auto& state = desk_.feeds.at(kIssuer).state;
  state.state = codec::FeedStatus::kPaused;
  state.set_by = codec::FeedSetBy::kUs;
  EXPECT_EQ(get("/v1/feed/entries?after=0").status, 409);
  EXPECT_EQ(get("/v1/feed/snapshot").status, 409);
  EXPECT_EQ(get("/v1/feed/status").status, 200);
}

TEST_F(PullTest, ALongPollIsWokenByNewEntries) {
  const Asked asked{.target = "/v1/feed/entries?after=0&wait=60"};
  std::optional<http::Response> answer;
  const auto run = [](http::Task<http::Response> task,
                      std::optional<http::Response>& out) -> http::Task<void> {
    out = co_await std::move(task);
  };
  boost::asio::co_spawn(io_, run(asking(asked), answer), boost::asio::detached);
  io_.poll();
  EXPECT_FALSE(answer);
  write_cards(1, 1, kOther);
  io_.restart();
  io_.poll();
  EXPECT_FALSE(answer) << "another issuer's entries do not count";
  write_cards(1, 1);
  io_.restart();
  while (!answer && io_.run_one_for(10s) > 0) {
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(PullTest, ALongPollEndsWithNothingWhenItsTimeIsOver) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(get("/v1/feed/entries?after=0&wait=1").status, 204);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
}

TEST_F(PullTest, AtAStopLongPollsEndAtOnce) {
  const Asked asked{.target = "/v1/feed/entries?after=0&wait=60"};
  std::optional<http::Response> answer;
  const auto run = [](http::Task<http::Response> task,
                      std::optional<http::Response>& out) -> http::Task<void> {
    out = co_await std::move(task);
  };
  boost::asio::co_spawn(io_, run(asking(asked), answer), boost::asio::detached);
  io_.poll();
  api_.stop();
  io_.restart();
  while (!answer && io_.run_one_for(10s) > 0) {
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(get("/v1/feed/entries?after=0&wait=60").status, 204);
}

TEST_F(PullTest, OnlySoManyWaitForOneIssuerAndInAll) {
  const auto strand = io_.get_executor();
  WaitRoom room{{.per_issuer = 2, .in_all = 3}};
  auto one = room.enter(kIssuer, strand);
  auto two = room.enter(kIssuer, strand);
  EXPECT_EQ(room.enter(kIssuer, strand).error().code, Errc::kLimitReached);
  const auto three = room.enter(kOther, strand);
  ASSERT_TRUE(three);
  EXPECT_EQ(room.enter(kOther, strand).error().code, Errc::kLimitReached);
  std::move(one).value().reset();
  EXPECT_TRUE(room.enter(kIssuer, strand)) << "a seat that was left is free";
}

TEST_F(PullTest, ASnapshotMakesAnyReceiverCurrent) {
  write_cards(1, 300);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":120})").status, 200);
  WatchChange newer = change(7, FeedOp::kUpdt, WatchLevel::kIdentified);
  write(newer);
  write(change(8, FeedOp::kDelt));
  desk_.feeds.at(kIssuer).settings.batch_max = 50;
  desk_.epoch = 2;
  ReceiverModel receiver;
  receiver.cards["old"] = {1, "of another epoch"};
  const auto answer = get("/v1/feed/snapshot");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.find("content-type"), "application/jose-seq");
  for (const std::string& line : lines(answer)) receiver.take(line);
  EXPECT_EQ(receiver.epoch, 2U);
  EXPECT_EQ(receiver.through(), 302U);
  EXPECT_EQ(receiver.cards.size(), 299U);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":302})").status, 200);
  const auto digest = codec::decode_feed_digest(get("/v1/feed/digest").body);
  ASSERT_TRUE(digest) << digest.error().detail;
  EXPECT_EQ(digest.value().digest, codec::digest_sums(302, receiver.digests()));
  EXPECT_EQ(digest.value().epoch, 2U);
}

TEST_F(PullTest, ASmallSnapshotIsOneBatch) {
  write_cards(1, 3);
  const auto all = lines(get("/v1/feed/snapshot"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(ReceiverModel::open(all[0]).entries.size(), 3U);
}

TEST_F(PullTest, SingleBucketsAreReplacedWithoutASnapshot) {
  write_cards(1, 300);
  ReceiverModel receiver;
  for (const std::string& line : lines(get("/v1/feed/snapshot"))) receiver.take(line);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":300})").status, 200);
  std::set<std::string> damaged;
  for (std::uint64_t card = 1; card <= 3; ++card) {
    const Pan number = pan(card);
    damaged.insert(crypto::bucket_hex(crypto::bucket_of(crypto::card_position(number))));
    receiver.cards.erase(std::string{number.reveal()});
  }
  std::string buckets;
  for (const std::string& bucket : damaged) buckets += (buckets.empty() ? "" : ",") + bucket;
  for (const std::string& line : lines(get("/v1/feed/snapshot?buckets=" + buckets))) {
    const auto batch = receiver.take(line);
    EXPECT_FALSE(batch.head.snapshot);
  }
  EXPECT_EQ(receiver.cards.size(), 300U);
  EXPECT_EQ(receiver.digests(), feed().digests()->buckets);
}

TEST_F(PullTest, TheDigestWaitsUntilEverythingIsAcknowledged) {
  write_cards(1, 2);
  const auto early = get("/v1/feed/digest");
  EXPECT_EQ(early.status, 503);
  EXPECT_TRUE(early.headers.find("Retry-After"));
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":2})").status, 200);
  const auto digest = codec::decode_feed_digest(get("/v1/feed/digest").body);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest.value().issuer, kIssuer);
  EXPECT_EQ(digest.value().digest.count, 2U);
  EXPECT_EQ(digest.value().digest.through, 2U);
}

TEST_F(PullTest, AcceptedAndAppliedAreAcknowledgedApart) {
  write_cards(1, 4);
  const auto accepted = post("/v1/feed/ack", R"({"accepted_through":4,"applied_through":0})");
  EXPECT_EQ(json(accepted).root()["accepted_through"].integer(), 4);
  EXPECT_EQ(json(accepted).root()["applied_through"].integer(), 0);
  const auto applied = post("/v1/feed/ack", R"({"applied_through":3})");
  EXPECT_EQ(json(applied).root()["accepted_through"].integer(), 4);
  EXPECT_EQ(json(applied).root()["applied_through"].integer(), 3);
  const auto back = post("/v1/feed/ack", R"({"accepted_through":3})");
  EXPECT_EQ(back.status, 409);
  EXPECT_TRUE(has(back, "ACK_BACKWARDS"));
}

TEST_F(PullTest, WhatAnIssuerSaysOfItsCardsIsSafeBeforeTheAnswer) {
  write_cards(1, 2);
  const std::string body = R"({"accepted_through":2,"cards":[)"
                           R"({"seq":1,"status":"REISSUED","at":"2009-07-24T10:00:00+09:00"},)"
                           R"({"seq":2,"status":"MONITORED"},{"seq":9,"status":"CLOSED"}]})";
  log_.away = true;
  const auto lost = post("/v1/feed/ack", body);
  EXPECT_EQ(lost.status, 503) << "and the issuer says it again";
  log_.away = false;
  const auto answer = post("/v1/feed/ack", body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json(answer).root()["cards"].integer(), 2);
  EXPECT_EQ(json(answer).root()["unknown_cards"].integer(), 1);
  ASSERT_EQ(log_.written.size(), 2U);
  EXPECT_EQ(log_.written[0].card, card(1));
  EXPECT_EQ(log_.written[0].issuer, kIssuer);
  EXPECT_EQ(log_.written[0].status, CardStatus::kReissued);
  EXPECT_EQ(log_.written[0].answered_at, parse_instant("2009-07-24T01:00:00Z").value());
  EXPECT_EQ(feed().answers().at("MONITORED"), 1U);
}

TEST(FeedCoverage, CountsCardsByWhatTheIssuerSaidLast) {
  FeedStatus status;
  status.figures.entries = 5;
  status.cards = {{"CLOSED", 1}, {"MONITORED", 2}};
  const auto document = codec::JsonDocument::parse(to_json(status));
  ASSERT_TRUE(document);
  EXPECT_EQ(document.value().root()["cards"].json(), R"({"CLOSED":1,"MONITORED":2})");
  EXPECT_EQ(document.value().root()["cards_unanswered"].integer(), 2);
}

TEST_F(PullTest, AVerificationComesBackWithItsState) {
  write_cards(1, 2);
  EXPECT_EQ(post("/v1/feed/ack", R"({"accepted_through":2})").status, 200);
  const auto answer = post("/v1/feed/verify", R"({"state":"hello 7"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto batch = ReceiverModel::open(answer.body);
  EXPECT_EQ(batch.head.verification, "hello 7");
  EXPECT_EQ(batch.head.through, 2U);
  EXPECT_EQ(post("/v1/feed/verify", R"({"state":""})").status, 422);
  EXPECT_EQ(post("/v1/feed/verify", R"({"state":"x","y":1})").status, 422);
  EXPECT_EQ(post("/v1/feed/verify", "[").status, 400);
}

TEST_F(PullTest, AnIssuerPausesAndResumesItsFeedButNotWhatWeHaveStopped) {
  const auto paused = post("/v1/feed/status", R"({"state":"paused","reason":"maintenance"})");
  ASSERT_EQ(paused.status, 200) << paused.body;
  EXPECT_EQ(json(paused).root()["state"].text(), "paused");
  EXPECT_EQ(json(paused).root()["set_by"].text(), "issuer");
  EXPECT_EQ(json(paused).root()["reason"].text(), "maintenance");
  EXPECT_EQ(desk_.feeds.at(kIssuer).state.by, "jcb-a");
  EXPECT_EQ(post("/v1/feed/status", R"({"state":"enabled"})").status, 200);

  auto& state = desk_.feeds.at(kIssuer).state;
  state.state = codec::FeedStatus::kDisabled;
  state.set_by = codec::FeedSetBy::kUs;
  const auto refused = post("/v1/feed/status", R"({"state":"enabled"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(has(refused, "STATE_NOT_YOURS"));
  EXPECT_EQ(post("/v1/feed/status", R"({"state":"held"})").status, 422);
  EXPECT_EQ(post("/v1/feed/status", R"({"state":"paused","by":"desk-a"})").status, 422);
}

TEST_F(PullTest, AnOrderThatIsStillUnderWayIsAnsweredAsSuch) {
  desk_.carries_out = false;
  EXPECT_EQ(post("/v1/feed/status", R"({"state":"paused"})").status, 202);
}

TEST_F(PullTest, ABodyOfAnotherKindIsRefused) {
  const auto answer = ask({.method = "POST",
                           .target = "/v1/feed/ack",
                           .body = "{}",
                           .headers = {{"Content-Type", "text/csv"}}});
  EXPECT_EQ(answer.status, 415);
}

TEST_F(PullTest, ManyRequestsASecondAreRefused) {
  RateLimit rate{5};
  const auto at = RateLimit::Clock::now();
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += rate.admit(kIssuer, at) ? 1 : 0;
  EXPECT_EQ(admitted, 10);
  EXPECT_TRUE(rate.admit(kOther, at)) << "each issuer has its own";
  EXPECT_TRUE(rate.admit(kIssuer, at + 200ms));
  EXPECT_FALSE(rate.admit(kIssuer, at + 200ms));
}

TEST_F(PullTest, WithoutTheRoleOrAnIssuerNothingIsToBeHad) {
  for (const auto* who : {"jcb-a-reports", "desk-a", "nobody", ""}) {
    const auto answer = ask({.target = "/v1/feed/status", .principal = who});
    EXPECT_TRUE(answer.status == 401 || answer.status == 403) << who << " " << answer.status;
  }
  const auto elsewhere = ask({.target = "/v1/feed/status", .principal = "elsewhere"});
  EXPECT_EQ(elsewhere.status, 421);
  EXPECT_TRUE(has(elsewhere, "FEED_NOT_HERE"));
}

// Goal: issuer A gets and changes nothing of issuer B, whatever it sends. Method: B has a feed that
// A can tell apart in everything (cards, seqs, key, state); A sends each request with every hint at
// B that fits into it. All that comes back opens with A's key alone and names A alone; B's feed,
// state and answers are as before.
TEST_F(PullTest, AnIssuerSeesAndChangesNothingOfAnothers) {
  write_cards(1, 3);
  write_cards(1001, 1100, kOther);
  const auto before = desk_.feeds.at(kOther).state;
  const http::Headers hints = {{"X-Issuer", "jcb-b"},
                               {"Issuer", "jcb-b"},
                               {"X-Forwarded-Client-Cert", "CN=jcb-b"},
                               {"X-SSL-Client-CN", "jcb-b"},
                               {"Authorization", "Bearer jcb-b"},
                               {"Cookie", "issuer=jcb-b"},
                               {"Forwarded", "for=jcb-b"},
                               {"webhook-id", "jcb-b"}};
  std::vector<Asked> requests;
  for (const std::string path :
       {"/v1/feed/entries", "/v1/feed/snapshot", "/v1/feed/digest", "/v1/feed/status"}) {
    for (const std::string query : {"",
                                    "?issuer=jcb-b",
                                    "?feed=jcb-b",
                                    "?after=0",
                                    "?after=2",
                                    "?after=50",
                                    "?after=100",
                                    "?after=0&epoch=1",
                                    "?after=0&limit=10000",
                                    "?buckets=00,01,ff",
                                    "?principal=jcb-b"}) {
      requests.push_back({.target = path + query, .headers = hints});
    }
    for (const std::string tail : {"/jcb-b", "/../jcb-b", "%2fjcb-b", "/jcb-b/entries", ";jcb-b"}) {
      requests.push_back({.target = path + tail, .headers = hints});
    }
  }
  for (const std::string path : {"/v1/feed/ack", "/v1/feed/verify", "/v1/feed/status"}) {
    for (const std::string body :
         {R"({"accepted_through":100,"applied_through":100,"issuer":"jcb-b"})",
          R"({"accepted_through":100,"cards":[{"seq":50,"status":"CLOSED"},)"
          R"({"seq":100,"status":"REISSUED"}]})",
          R"({"state":"disabled","issuer":"jcb-b"})",
          R"({"state":"paused"})",
          R"({"state":"enabled"})",
          R"({"state":"jcb-b"})"}) {
      requests.push_back({.method = "POST", .target = path, .body = body, .headers = hints});
      requests.push_back(
          {.method = "POST", .target = path + "?issuer=jcb-b", .body = body, .headers = hints});
    }
  }
  for (const Asked& request : requests) {
    SCOPED_TRACE(request.method + " " + request.target + " " + request.body);
    const auto answer = ask(request);
    const auto type = std::string{answer.headers.find("Content-Type").value_or("")};
    if (answer.status == 200 && type.starts_with("application/jose")) {
      const auto all = type == "application/jose" ? std::vector{answer.body} : lines(answer);
      for (const std::string& jwe : all) {
        const auto batch = ReceiverModel::open(jwe);
        EXPECT_EQ(batch.head.issuer, kIssuer);
        EXPECT_LE(batch.head.through, 3U);
        for (const auto& entry : batch.entries) EXPECT_LE(entry.seq, 3U);
      }
    } else if (answer.status == 200) {
      EXPECT_EQ(answer.body.find("jcb-b"), std::string::npos) << answer.body;
    }
  }
  EXPECT_EQ(desk_.feeds.at(kOther).state, before);
  EXPECT_EQ(feed(kOther).figures().through, 0U);
  EXPECT_TRUE(feed(kOther).answers().empty());
  for (const IssuerAnswer& answer : log_.written) EXPECT_EQ(answer.issuer, kIssuer);
}

}  // namespace
}  // namespace cw::notifier
