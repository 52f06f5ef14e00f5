#include "support/test_pan.hpp"
#include "worker_fixture.hpp"

#include <algorithm>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Wake = DeliveryWorker::Wake;

using DeliveryWorkerTest = WorkerTest;

TEST_F(DeliveryWorkerTest, DeliversInOrderSignedEncryptedOverMutualTlsAndSavesTheCursor) {
  bring_key();
  write_cards(1, 5);
  config_.push.batch_entries_max = 2;
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  const auto received = issuer_.received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_EQ(received[0].seqs, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(received[2].seqs, (std::vector<std::uint64_t>{5}));
  EXPECT_EQ(received[1].after, 2U);
  EXPECT_TRUE(received[1].more);
  EXPECT_FALSE(received[2].more);
  for (const auto& push : received) {
    EXPECT_EQ(push.issuer, "jcb-a");
    EXPECT_EQ(push.peer, "notifier");
    EXPECT_EQ(push.content_type, "application/jose");
    EXPECT_TRUE(push.signature_valid);
    for (const auto& pan : push.pans) EXPECT_EQ(push.body.find(pan), std::string::npos);
  }
  EXPECT_TRUE(until([this] { return states_.saved()->through == 5U; }));
  EXPECT_EQ(states_.saved()->accepted_through, 5U);
  EXPECT_EQ(states_.saved()->applied_through, 5U);
  EXPECT_EQ(status().digest_equal, true);
  EXPECT_EQ(status().delivery.state.state, codec::FeedStatus::kEnabled);
  EXPECT_EQ(issuer_.connections(), 1U) << "the connection is kept";
  EXPECT_TRUE(
      measures(R"(cardwatch_notifier_deliveries_total{issuer="jcb-a",outcome="accepted"})", 3));
}

TEST_F(DeliveryWorkerTest, WhatIsWrittenLaterIsPushedWithoutDelay) {
  bring_key();
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); }));
  EXPECT_EQ(issuer_.count(), 0U) << "a batch that changes nothing is not sent";
  write_cards(1, 1);
  wake(Wake::kWork);

  EXPECT_TRUE(until([this] { return issuer_.count() == 1 && all_delivered(); }));
}

TEST_F(DeliveryWorkerTest, AFailedBatchIsSentAgainWithTheSameIdAndBytes) {
  bring_key();
  write_cards(1, 3);
  issuer_.answer(
      {http::Response::empty(500), http::Response::empty(401), http::Response::empty(503)});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  const auto received = issuer_.batches();
  ASSERT_EQ(received.size(), 4U);
  for (const auto& push : received) {
    EXPECT_EQ(push.id, received[0].id);
    EXPECT_TRUE(push.signature_valid);
  }
  EXPECT_EQ(received[1].body, received[0].body);
  EXPECT_EQ(received[2].body, received[0].body);
  EXPECT_EQ(issuer_.verifications().size(), 1U) << "the circuit's probe";
  EXPECT_EQ(status().delivery.state.failures, 0U);
  EXPECT_TRUE(measures(R"(cardwatch_notifier_delivery_retries_total{issuer="jcb-a"})", 3));
  EXPECT_TRUE(logs("feed_circuit_open"));
  EXPECT_TRUE(logs("feed_circuit_closed"));
}

TEST_F(DeliveryWorkerTest, RetryAfterIsWaitedFor) {
  bring_key();
  write_cards(1, 1);
  auto busy = http::Response::empty(429);
  busy.headers.set("Retry-After", "1");
  issuer_.answer({busy});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  const auto received = issuer_.received();
  ASSERT_EQ(received.size(), 2U);
  EXPECT_GE(received[1].at - received[0].at, 1s);
}

TEST_F(DeliveryWorkerTest, ARefusedBatchIsSplitUntilTheEntryAtFaultStandsAlone) {
  bring_key();
  write_cards(1, 20);
  const std::string fault = cw::test::test_pan(13);
  issuer_.behave([&](const Received& push) -> std::optional<http::Response> {
    const bool holds = std::find(push.pans.begin(), push.pans.end(), fault) != push.pans.end();
    return holds ? std::optional{http::Response::empty(413)} : std::nullopt;
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(issuer_.cards().size(), 19U);
  EXPECT_FALSE(issuer_.cards().contains(fault));
  const auto now = status();
  EXPECT_EQ(now.delivery.set_aside, 1U);
  ASSERT_EQ(now.delivery.set_aside_newest.size(), 1U);
  EXPECT_EQ(now.delivery.set_aside_newest[0].seq, 13U);
  EXPECT_EQ(now.digest_equal, true) << "it is in neither digest";
  EXPECT_EQ(now.delivery.state.through, 20U);
  EXPECT_TRUE(measures(R"(cardwatch_notifier_set_aside_entries_total{issuer="jcb-a"})", 1));
  std::uint64_t after = 0;
  for (const auto& push : issuer_.received()) {
    if (std::find(push.pans.begin(), push.pans.end(), fault) != push.pans.end()) continue;
    EXPECT_EQ(push.after, after) << "the receiver sees no gap";
    after = push.seqs.back();
  }
}

// Goal: an issuer that cannot read us at all (another key, say) costs no entry. Method: it refuses
// everything, then takes everything.
TEST_F(DeliveryWorkerTest, AnIssuerThatRefusesEverythingLosesNothing) {
  bring_key();
  write_cards(1, 20);
  issuer_.behave([](const Received&) { return http::Response::empty(400); });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; })) << last_error();
  EXPECT_EQ(status().figures.through, 0U);
  issuer_.behave({});
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(issuer_.cards().size(), 20U);
  EXPECT_EQ(status().delivery.set_aside, 0U);
  EXPECT_EQ(status().digest_equal, true);
}

TEST_F(DeliveryWorkerTest, TheLastEntryIsGivenUpOnlyWhenALaterOneIsTaken) {
  bring_key();
  write_cards(1, 3);
  const std::string fault = cw::test::test_pan(3);
  issuer_.behave([&](const Received& push) -> std::optional<http::Response> {
    const bool holds = std::find(push.pans.begin(), push.pans.end(), fault) != push.pans.end();
    return holds ? std::optional{http::Response::empty(422)} : std::nullopt;
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.state.failures > 0; }));
  EXPECT_EQ(status().figures.pending, 1U);
  EXPECT_EQ(status().delivery.set_aside, 0U);
  write_cards(4, 4);

  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(status().delivery.set_aside, 1U);
  EXPECT_EQ(issuer_.cards().size(), 3U);
  EXPECT_EQ(status().digest_equal, true);
}

TEST_F(DeliveryWorkerTest, ASlowAnswerIsAResponseTimeout) {
  bring_key();
  write_cards(1, 1);
  config_.push.response_timeout = 50ms;
  issuer_.behave([](const Received&) -> std::optional<http::Response> {
    return http::Response{.status = IssuerImposter::kHang};
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return last_error().starts_with("RESPONSE_TIMEOUT"); }));
  issuer_.behave({});

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(last_error(), "");
}

TEST_F(DeliveryWorkerTest, ARefusedConnectionOpensTheCircuitAndAnotherEndpointMendsIt) {
  bring_key();
  write_cards(1, 1);
  std::string closed;
  {
    const IssuerImposter short_lived{io_, ca()};
    closed = short_lived.url();
  }
  set_endpoint(settings(closed));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; }));
  EXPECT_TRUE(last_error().starts_with("CONNECT_FAILED")) << last_error();
  EXPECT_EQ(status().delivery.state.state, codec::FeedStatus::kEnabled);
  set_endpoint(settings(issuer_.url()));

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_FALSE(status().delivery.circuit_open);
}

TEST_F(DeliveryWorkerTest, ARestartBeforeTheCursorWasSavedSendsTheSameIdAgain) {
  bring_key();
  write_cards(1, 3);
  states_.away = true;
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return issuer_.count() == 1; }));
  ASSERT_TRUE(until([this] { return last_error().starts_with("BROKER_UNAVAILABLE"); }));
  stop();
  EXPECT_EQ(states_.saved(), std::nullopt);

  states_.away = false;
  FeedStore again;
  for (std::int64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(test::write(again, i, change(static_cast<std::uint64_t>(i) + 1)));
  }
  const auto fresh = again.feed(kIssuer).value();
  EXPECT_EQ(builder_
                .build({.issuer = kIssuer, .epoch = 1, .after = 0},
                       fresh->next(500),
                       keys().issuer.public_key())
                .value()
                .id,
            issuer_.received()[0].id);
}

TEST_F(DeliveryWorkerTest, ACursorThatKafkaDidNotTakeIsSavedLater) {
  bring_key();
  write_cards(1, 3);
  states_.away = true;
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return last_error().starts_with("BROKER_UNAVAILABLE"); }));
  states_.away = false;

  EXPECT_TRUE(until([this] { return all_delivered(); }));
  EXPECT_EQ(states_.saved()->through, 3U);
  EXPECT_EQ(issuer_.count(), 1U) << "not sent again for it";
}

TEST_F(DeliveryWorkerTest, ARestartGoesOnFromTheSavedCursorAndKnowsItsDigest) {
  bring_key();
  write_cards(1, 600);
  write(change(7, FeedOp::kDelt));
  set_endpoint(settings(issuer_.url()));
  start({{.issuer = kIssuer,
          .epoch = 1,
          .through = 500,
          .accepted_through = 500,
          .last_error = {},
          .updated_at = now()}});
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(issuer_.received()[0].after, 500U);
  EXPECT_EQ(issuer_.received()[0].seqs.front(), 501U);
  ASSERT_TRUE(status().figures.digest);
  EXPECT_EQ(status().figures.digest->count, 599U);
  EXPECT_EQ(status().digest_equal, false) << "this issuer never got the first 500";
  EXPECT_TRUE(logs("feed_digest_differs"));
  EXPECT_TRUE(measures(R"(cardwatch_notifier_digest_mismatches_total{issuer="jcb-a"})", 1));
}

TEST_F(DeliveryWorkerTest, WhatTheIssuerSaidItHoldsOutlivesARestart) {
  bring_key();
  write_cards(1, 3);
  const auto window = store_.feed(kIssuer).value()->next(10);
  crypto::FeedDigest digest;
  for (const auto& entry : builder_.hash(kIssuer, window.entries).value()) digest.add(*entry.hash);
  set_endpoint(settings(issuer_.url()));
  start({{.issuer = kIssuer,
          .epoch = 1,
          .through = 3,
          .accepted_through = 3,
          .last_error = {},
          .issuer_digest = codec::FeedAnswer::Digest{3, 3, digest.hex()},
          .updated_at = now()}});
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(status().digest_equal, true);
  EXPECT_EQ(issuer_.count(), 0U) << "nothing had to be pushed for it";
}

TEST_F(DeliveryWorkerTest, AnotherEpochBeginsAnew) {
  bring_key();
  write_cards(1, 3);
  config_.epoch = 2;
  set_endpoint(settings(issuer_.url()));
  start({{.issuer = kIssuer,
          .epoch = 1,
          .through = 900,
          .accepted_through = 900,
          .last_error = {},
          .updated_at = now()}});
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(issuer_.cards().size(), 3U);
  EXPECT_EQ(states_.saved()->epoch, 2U);
}

TEST_F(DeliveryWorkerTest, RejectedEntriesDoNotStopTheFeed) {
  bring_key();
  write_cards(1, 3);
  issuer_.answer({http::Response::json(200,
                                       R"({"accepted_through":3,"applied_through":3,)"
                                       R"("rejected":[{"seq":2,"code":"UNKNOWN_CARD"}]})")});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  EXPECT_EQ(status().delivery.rejected, 1U);
  EXPECT_EQ(status().figures.digest->count, 2U);
  EXPECT_EQ(status().digest_equal, std::nullopt) << "it did not tell its digest";
}

TEST_F(DeliveryWorkerTest, ARedirectIsNotFollowed) {
  bring_key();
  write_cards(1, 1);
  IssuerImposter other{io_, ca()};
  auto redirect = http::Response::empty(307);
  redirect.headers.set("Location", other.url());
  issuer_.answer({redirect});
  set_endpoint(settings(issuer_.url()));
  start();

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.count(), 2U);
  EXPECT_EQ(other.count(), 0U);
}

TEST_F(DeliveryWorkerTest, AnAnswerWithoutEndIsCutOff) {
  bring_key();
  write_cards(1, 1);
  config_.push.response_bytes_max = 1024;
  issuer_.answer({http::Response::json(200, std::string(1U << 20U, ' '))});
  set_endpoint(settings(issuer_.url()));
  start();

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.count(), 2U);
  EXPECT_TRUE(
      measures(R"(cardwatch_notifier_deliveries_total{issuer="jcb-a",outcome="malformed"})", 1));
}

TEST_F(DeliveryWorkerTest, AStopLetsAPushEndAndSavesItsCursor) {
  bring_key();
  write_cards(1, 4);
  config_.push.batch_entries_max = 2;
  issuer_.behave([this](const Received&) -> std::optional<http::Response> {
    worker_->stop();
    return std::nullopt;
  });
  set_endpoint(settings(issuer_.url()));
  start();

  ASSERT_TRUE(until([this] { return ended(); }));
  EXPECT_EQ(states_.saved()->through, 2U);
  EXPECT_EQ(issuer_.count(), 1U);
}

TEST_F(DeliveryWorkerTest, ACancelledPushEndsAtOnceAndItsCursorStays) {
  bring_key();
  write_cards(1, 1);
  issuer_.behave([](const Received&) -> std::optional<http::Response> {
    return http::Response{.status = IssuerImposter::kHang};
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return issuer_.count() == 1; }));
  const auto asked = std::chrono::steady_clock::now();
  worker_->stop();
  worker_->cancel();

  ASSERT_TRUE(until([this] { return ended(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s) << "not after the response time-out";
  EXPECT_EQ(states_.saved(), std::nullopt);
}

TEST_F(DeliveryWorkerTest, NoCardNumberIsLoggedShownOrMeasured) {
  bring_key();
  write_cards(1, 3);
  issuer_.answer({http::Response::empty(500),
                  http::Response::empty(400),
                  http::Response::json(200, R"({"accepted_through":"3569990000000009"})")});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();

  for (std::uint64_t i = 1; i <= 3; ++i) {
    const std::string pan = cw::test::test_pan(i);
    EXPECT_FALSE(logged(pan));
    EXPECT_EQ(to_json({status()}).find(pan), std::string::npos);
    EXPECT_EQ(metrics_.expose().find(pan), std::string::npos);
  }
}

}  // namespace
}  // namespace cw::notifier
