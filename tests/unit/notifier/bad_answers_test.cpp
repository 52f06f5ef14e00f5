// Receivers whose answers are wrong. Each test: what the push counts as, the feed's state, the
// pause, the alarm, that nothing is lost, and that another issuer's delivery goes on.
#include "bad_receiver_fixture.hpp"

#include <array>
#include <ctime>
#include <string>

namespace cw::notifier::test {
namespace {

using namespace std::chrono_literals;
using http::Response;

Response with_header(int status, std::string name, std::string value) {
  Response response = Response::empty(status);
  response.headers.set(std::move(name), std::move(value));
  return response;
}

/// As RFC 9110 writes a date.
std::string http_date(Instant at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), size};
}

class BadAnswersTest : public BadReceiverTest {
 protected:
  void always(Response response) {
    issuer_.behave([response](const Received&) { return std::optional{response}; });
  }
  /// The issuer behaves, and gets everything.
  void mend() {
    issuer_.behave({});
    expect_nothing_lost();
  }
  /// The pause after the first answer, which is `response`.
  std::chrono::milliseconds pause_after(const Response& response) {
    always(response);
    deliver_to(issuer_.url());
    EXPECT_TRUE(until([this] { return status().delivery.next_attempt_at.has_value(); }));
    const auto next = status().delivery.next_attempt_at.value_or(now());
    return std::chrono::duration_cast<std::chrono::milliseconds>(next - now());
  }
};

TEST_F(BadAnswersTest, RedirectToItselfIsNotFollowed) {
  always(with_header(307, "Location", issuer_.url()));
  deliver_to(issuer_.url());
  expect_failures("status", "REMOTE_REFUSED: status 307");
  // Who follows it asks at least twice an attempt, and these are never equal.
  EXPECT_TRUE(until([this] { return static_cast<double>(issuer_.count()) == pushes("status"); }))
      << "one request an attempt";
  mend();
}

TEST_F(BadAnswersTest, A200WithRubbish) {
  always(Response::json(200, "<html>It works!</html>"));
  deliver_to(issuer_.url());
  expect_failures("malformed", "RESPONSE_MALFORMED");
  mend();
}

TEST_F(BadAnswersTest, A401) {
  always(Response::empty(401));
  deliver_to(issuer_.url());
  expect_failures("denied", "REMOTE_REFUSED: status 401");
  mend();
}

TEST_F(BadAnswersTest, A410DisablesUntilSomebodyResumes) {
  always(Response::empty(410));
  deliver_to(issuer_.url());
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kDisabled; }));
  EXPECT_EQ(status().delivery.state.set_by, codec::FeedSetBy::kAnswer410);
  EXPECT_TRUE(until([this] { return logged("feed_disabled"); }));
  EXPECT_EQ(states_.saved()->state, codec::FeedStatus::kDisabled);
  EXPECT_EQ(issuer_.count(), 1U) << "nothing more is sent";
  EXPECT_EQ(pushes("gone"), 1);
  expect_healthy_goes_on();
  mend();
}

TEST_F(BadAnswersTest, A413ToEverythingIsItsTroubleAndNotTheEntries) {
  always(Response::empty(413));
  deliver_to(issuer_.url());
  expect_failures("refused", "REMOTE_REFUSED: status 413");
  mend();
}

TEST_F(BadAnswersTest, A429WithRetryAfter0) {
  config_.push.backoff_base = config_.push.backoff_max = 3600s;
  const auto pause = pause_after(with_header(429, "Retry-After", "0"));
  EXPECT_GT(pause, 3500s) << "a floor, not an invitation";
  EXPECT_EQ(pushes("busy"), 1);
  expect_healthy_goes_on();
  mend();
}

TEST_F(BadAnswersTest, A429WithRetryAfter3600) {
  const auto pause = pause_after(with_header(429, "Retry-After", "3600"));
  EXPECT_GT(pause, 3590s);
  EXPECT_LE(pause, 3600s);
  EXPECT_EQ(status().delivery.phase, DeliveryPhase::kBackingOff);
  expect_healthy_goes_on();
  EXPECT_EQ(issuer_.count(), 1U);
  mend();
}

TEST_F(BadAnswersTest, A429WithRetryAfterAsADate) {
  const auto pause = pause_after(with_header(429, "Retry-After", http_date(now() + 1800s)));
  EXPECT_GT(pause, 1790s);
  EXPECT_LE(pause, 1800s);
  expect_healthy_goes_on();
  mend();
}

TEST_F(BadAnswersTest, A429WithRetryAfterGarbage) {
  always(with_header(429, "Retry-After", "soon, I promise"));
  deliver_to(issuer_.url());
  expect_failures("busy", "REMOTE_REFUSED: status 429");
  mend();
}

TEST_F(BadAnswersTest, ARetryAfterOfCenturiesIsBounded) {
  config_.push.retry_after_max = 2h;
  const auto pause = pause_after(with_header(503, "Retry-After", "9999999999999"));
  EXPECT_GT(pause, 7190s);
  EXPECT_LE(pause, 7200s);
  mend();
}

// Goal: what a receiver means by a date is by its own clock. Method: its clock is ten minutes fast
// and it asks for half a minute.
TEST_F(BadAnswersTest, AClockTenMinutesOffDoesNotLengthenAPause) {
  const auto server = bad([](cw::test::BadTlsServer::Peer& peer) -> boost::asio::awaitable<void> {
    const std::string busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nDate: " +
                             http_date(now() + 10min) +
                             "\r\nRetry-After: " + http_date(now() + 10min + 30s) + "\r\n\r\n";
    const bool there = co_await peer.read_request();
    if (!there) co_return;
    const bool written = co_await peer.write(busy);
    static_cast<void>(written);
  });
  deliver_to(server.url());
  ASSERT_TRUE(until([this] { return status().delivery.next_attempt_at.has_value(); }));
  const auto pause = status().delivery.next_attempt_at.value_or(now()) - now();
  EXPECT_GT(pause, 25s);
  EXPECT_LE(pause, 31s);
  expect_healthy_goes_on();
  expect_nothing_lost();
}

// Goal: a receiver whose clock is off finds our timestamps out of bounds; that is no fault of any
// entry. Method: it answers as ours does, 401, for a while.
TEST_F(BadAnswersTest, AClockTenMinutesOffThatFindsOurSignatureTooOld) {
  Response old = Response::json(401, R"({"code":"TIMESTAMP_SKEW"})");
  old.headers.set("Date", http_date(now() + 10min));
  always(old);
  deliver_to(issuer_.url());
  expect_failures("denied", "REMOTE_REFUSED: status 401");
  for (const auto& push : issuer_.received()) {
    EXPECT_TRUE(push.signature_valid) << "each attempt is signed anew";
  }
  mend();
}

TEST_F(BadAnswersTest, AnAckOfASeqThatWasNeverSentIsCutOffWithAnAlarm) {
  always(Response::json(200, R"({"accepted_through":999999,"applied_through":999999})"));
  deliver_to(issuer_.url());
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(status().delivery.state.accepted_through, 5U);
  EXPECT_EQ(status().delivery.state.applied_through, 5U);
  EXPECT_TRUE(until([this] { return logged("ack_never_sent") && logged("ACK_NEVER_SENT"); }));
  EXPECT_TRUE(measures(R"(cardwatch_notifier_acks_never_sent_total{issuer="jcb-a"})", 1));
  expect_healthy_goes_on();
}

TEST_F(BadAnswersTest, AnAckThatGoesBackwardsIsAFailureAndMovesNothing) {
  deliver_to(issuer_.url());
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  always(Response::json(200, R"({"accepted_through":2,"applied_through":2})"));
  write_cards(6, 6);
  wake(DeliveryWorker::Wake::kWork);
  ASSERT_TRUE(until_pushes("malformed"));
  EXPECT_EQ(status().figures.through, 5U);
  EXPECT_EQ(status().delivery.state.applied_through, 5U);
  expect_healthy_goes_on();
  issuer_.behave({});
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.cards().size(), 6U);
}

}  // namespace
}  // namespace cw::notifier::test
