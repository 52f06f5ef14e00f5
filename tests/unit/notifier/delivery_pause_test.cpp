// Feeds that stand still until something is mended: what pauses, disables or holds them.
#include "worker_fixture.hpp"

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Wake = DeliveryWorker::Wake;

using DeliveryPauseTest = WorkerTest;

TEST_F(DeliveryPauseTest, ACertificateForAnotherNamePausesAndIsNoFailedDelivery) {
  bring_key();
  write_cards(1, 1);
  IssuerImposter elsewhere{io_, ca(), "elsewhere"};
  set_endpoint(settings(elsewhere.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  EXPECT_TRUE(last_error().starts_with("TLS_FAILED")) << last_error();
  EXPECT_EQ(status().delivery.state.failures, 0U);
  EXPECT_EQ(elsewhere.count(), 0U) << "nothing was sent";
  EXPECT_TRUE(logs("feed_paused"));
  set_endpoint(settings(issuer_.url()));

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryPauseTest, APrivateAddressIsRefusedUnlessTheIssuerMayHaveOne) {
  bring_key();
  write_cards(1, 1);
  auto feed = settings(issuer_.url());
  feed.allow_private_address = false;
  set_endpoint(feed);
  start();

  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  EXPECT_TRUE(last_error().starts_with("ADDRESS_FORBIDDEN")) << last_error();
}

TEST_F(DeliveryPauseTest, NothingIsSentToAnUrlWithoutTls) {
  const auto target =
      resolve_target(settings("http://localhost:1/feeds/jcb-a"), config_.secrets_dir);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, Errc::kBadRequest);
}

TEST_F(DeliveryPauseTest, GoneDisablesTheFeedUntilItHasNewSettings) {
  bring_key();
  write_cards(1, 1);
  issuer_.answer({http::Response::empty(410)});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kDisabled; }));
  EXPECT_EQ(states_.saved()->state, codec::FeedStatus::kDisabled);
  EXPECT_TRUE(logs("feed_disabled"));
  stop();

  start(states_.saved());
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kDisabled; }))
      << "a restart does not change that";
  auto again = settings(issuer_.url());
  again.batch_max = 499;
  set_endpoint(again);
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryPauseTest, AMissingDataKeyIsWaitedFor) {
  write_cards(1, 2);
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kWaitingForKey; }));
  EXPECT_EQ(issuer_.count(), 0U);
  bring_key();
  wake(Wake::kWork);

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.cards().size(), 2U);
}

TEST_F(DeliveryPauseTest, AnIssuerWithoutEndpointIsHeldUntilItHasOne) {
  bring_key();
  write_cards(1, 2);
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kHeld; }));
  EXPECT_EQ(status().figures.pending, 2U);
  set_endpoint(settings(issuer_.url()));

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryPauseTest, AMissingSecretPausesUntilTheFileIsThere) {
  bring_key();
  write_cards(1, 1);
  auto feed = settings(issuer_.url());
  feed.signing_secret = "later";
  set_endpoint(feed);
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  EXPECT_TRUE(last_error().starts_with("FILE_READ")) << last_error();
  EXPECT_EQ(status().delivery.state.failures, 0U);
  secrets_.write("later", kSecret);

  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryPauseTest, AReloadLooksAtOnceWhetherAPauseIsMendedButEnablesNothing) {
  bring_key();
  write_cards(1, 1);
  config_.push.recheck = 1h;
  auto feed = settings(issuer_.url());
  feed.signing_secret = "later";
  set_endpoint(feed);
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  secrets_.write("later", kSecret);
  issuer_.answer({http::Response::empty(410)});
  wake(Wake::kReload);
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kDisabled; }));
  wake(Wake::kReload);
  stop();

  EXPECT_EQ(issuer_.count(), 1U);
  EXPECT_EQ(states_.saved()->state, codec::FeedStatus::kDisabled);
}

TEST_F(DeliveryPauseTest, ASecretOutsideItsFolderIsRefused) {
  auto feed = settings(issuer_.url());
  feed.signing_secret = "..";
  EXPECT_EQ(resolve_target(feed, config_.secrets_dir).error().code, Errc::kKeyInvalid);
  feed.signing_secret = "../jcb-a";
  EXPECT_EQ(resolve_target(feed, config_.secrets_dir).error().code, Errc::kKeyInvalid);
}

TEST_F(DeliveryPauseTest, ACursorBeyondTheTopicPausesAndIsNotOverwritten) {
  bring_key();
  write_cards(1, 3);
  set_endpoint(settings(issuer_.url()));
  start({{.issuer = kIssuer,
          .epoch = 1,
          .through = 900,
          .accepted_through = 900,
          .last_error = {},
          .updated_at = now()}});

  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  EXPECT_TRUE(last_error().starts_with("CONFLICT")) << last_error();
  EXPECT_EQ(states_.saved(), std::nullopt);
  EXPECT_EQ(issuer_.count(), 0U);
}

}  // namespace
}  // namespace cw::notifier
