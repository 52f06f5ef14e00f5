#include "notifier/push_answer.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using Kind = DeliveryEvent::Kind;

const Instant kNow = parse_instant("2009-07-23T01:00:00Z").value();

BuiltBatch batch() {
  BuiltBatch made{.id = "b-1", .after = 10, .through = 13};
  for (std::uint64_t seq = 11; seq <= 13; ++seq) made.entries.push_back({.card = {}, .seq = seq});
  return made;
}

PushOutcome answered(int status, std::string body = "", http::Headers headers = {}) {
  return judge(
      http::ClientResponse{status, std::move(headers), std::move(body)}, batch(), kNow, 24h);
}

PushOutcome failed_with(Errc code) {
  return judge(Error{code, "detail"}, batch(), kNow, 24h);
}

TEST(PushAnswer, Accepted202IsTheWholeBatch) {
  const auto outcome = answered(202);
  EXPECT_EQ(outcome.event.kind, Kind::kAccepted);
  EXPECT_EQ(outcome.event.count, 3U);
  EXPECT_EQ(outcome.through, 13U);
  EXPECT_EQ(outcome.answer.applied_through, 0U);
}

TEST(PushAnswer, A200SaysHowFar) {
  const auto outcome = answered(200, R"({"accepted_through":12,"applied_through":11})");
  EXPECT_EQ(outcome.event.kind, Kind::kAccepted);
  EXPECT_EQ(outcome.event.count, 2U);
  EXPECT_EQ(outcome.through, 12U);
  EXPECT_EQ(outcome.answer.applied_through, 11U);
}

TEST(PushAnswer, AcknowledgingWhatWasNeverSentIsCutOff) {
  const auto outcome = answered(200, R"({"accepted_through":9999,"applied_through":9999})");
  EXPECT_EQ(outcome.through, 13U);
  EXPECT_EQ(outcome.answer.applied_through, 13U);
}

TEST(PushAnswer, A200ThatStoredNothingIsAFailure) {
  const auto outcome = answered(200, R"({"accepted_through":10,"applied_through":10})");
  EXPECT_EQ(outcome.event.kind, Kind::kFailed);
  EXPECT_EQ(outcome.event.error.code, Errc::kRemoteRefused);
}

TEST(PushAnswer, A200WithRubbishIsAFailure) {
  for (const std::string_view body : {"", "OK", "{}", "[]", R"({"accepted_through":"x"})"}) {
    const auto outcome = answered(200, std::string{body});
    EXPECT_EQ(outcome.event.kind, Kind::kFailed) << body;
    EXPECT_EQ(outcome.event.error.code, Errc::kResponseMalformed) << body;
    EXPECT_EQ(outcome.label, "malformed");
  }
}

TEST(PushAnswer, ContentThatIsRefused) {
  for (const int status : {400, 413, 422}) {
    EXPECT_EQ(answered(status).event.kind, Kind::kRefused) << status;
  }
}

TEST(PushAnswer, GoneIsForGood) {
  EXPECT_EQ(answered(410).event.kind, Kind::kGone);
}

TEST(PushAnswer, AnyOtherStatusIsAFailureRedirectsToo) {
  for (const int status : {201, 204, 301, 302, 307, 401, 403, 404, 500, 502}) {
    const auto outcome = answered(status, "", {{"Location", "https://elsewhere/"}});
    EXPECT_EQ(outcome.event.kind, Kind::kFailed) << status;
    EXPECT_EQ(outcome.event.retry_after, std::nullopt);
  }
}

TEST(PushAnswer, RetryAfterCountsWith429And503Only) {
  EXPECT_EQ(answered(429, "", {{"Retry-After", "3600"}}).event.retry_after, 3600s);
  EXPECT_EQ(answered(503, "", {{"retry-after", "0"}}).event.retry_after, 0s);
  EXPECT_EQ(answered(429, "", {{"Retry-After", "garbage"}}).event.retry_after, std::nullopt);
  EXPECT_EQ(answered(500, "", {{"Retry-After", "3600"}}).event.retry_after, std::nullopt);
  EXPECT_EQ(answered(429).label, "busy");
}

TEST(PushAnswer, EachWaitKeepsItsOwnCode) {
  for (const Errc code : {Errc::kResolveTimeout,
                          Errc::kConnectTimeout,
                          Errc::kHandshakeTimeout,
                          Errc::kWriteTimeout,
                          Errc::kResponseTimeout}) {
    const auto outcome = failed_with(code);
    EXPECT_EQ(outcome.event.kind, Kind::kFailed);
    EXPECT_EQ(outcome.event.error.code, code);
    EXPECT_EQ(outcome.label, "timeout");
  }
}

TEST(PushAnswer, CertificatesAndForbiddenAddressesAreTroubleForPeople) {
  for (const Errc code : {Errc::kTlsFailed, Errc::kCertificateExpired, Errc::kAddressForbidden}) {
    EXPECT_EQ(failed_with(code).event.kind, Kind::kTrouble);
  }
}

TEST(PushAnswer, OtherErrorsAreFailures) {
  for (const Errc code : {Errc::kConnectFailed,
                          Errc::kConnectionLost,
                          Errc::kBodyTooLarge,
                          Errc::kResponseMalformed,
                          Errc::kCancelled}) {
    EXPECT_EQ(failed_with(code).event.kind, Kind::kFailed);
  }
}

TEST(PushAnswer, RejectedEntriesAreHandedOn) {
  const auto outcome = answered(200,
                                R"({"accepted_through":13,"applied_through":13,)"
                                R"("rejected":[{"seq":12,"code":"UNKNOWN_CARD"}]})");
  EXPECT_EQ(outcome.event.kind, Kind::kAccepted);
  ASSERT_EQ(outcome.answer.rejected.size(), 1U);
  EXPECT_EQ(outcome.answer.rejected[0].seq, 12U);
}

}  // namespace
}  // namespace cw::notifier
