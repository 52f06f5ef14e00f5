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
  for (const Errc code :
       {Errc::kTlsFailed, Errc::kCertificateExpired, Errc::kAddressForbidden, Errc::kKeyInvalid}) {
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

TEST(PushAnswer, ARetryAfterDateIsReadByTheClockOfTheAnswer) {
  const http::Headers headers = {{"Retry-After", "Thu, 23 Jul 2009 01:11:00 GMT"},
                                 {"Date", "Thu, 23 Jul 2009 01:10:00 GMT"}};
  EXPECT_EQ(answered(503, "", headers).event.retry_after, 60s);
  const http::Headers rubbish = {{"Retry-After", "Thu, 23 Jul 2009 01:01:00 GMT"},
                                 {"Date", "today"}};
  EXPECT_EQ(answered(503, "", rubbish).event.retry_after, 60s) << "then by ours";
}

TEST(PushAnswer, WhatTheIssuerSaidIsKeptNextToWhatCounts) {
  EXPECT_EQ(answered(200, R"({"accepted_through":9999,"applied_through":0})").told_through, 9999U);
  EXPECT_EQ(answered(202).told_through, 0U);
}

TEST(PushAnswer, A409ThatSaysWhereTheReceiverStandsIsAGap) {
  const auto outcome = answered(409, R"({"code":"CONFLICT","accepted_through":7,"epoch":2})");
  EXPECT_EQ(outcome.event.kind, Kind::kGap);
  EXPECT_EQ(outcome.label, "gap");
  ASSERT_TRUE(outcome.gap);
  EXPECT_EQ(outcome.gap->accepted_through, 7U);
  EXPECT_EQ(outcome.gap->epoch, 2U);
}

TEST(PushAnswer, AnyOther409IsAFailure) {
  for (const std::string_view body : {"",
                                      "conflict",
                                      R"({"accepted_through":7})",
                                      R"({"accepted_through":-7,"epoch":1})",
                                      R"({"accepted_through":7,"epoch":4294967296})"}) {
    EXPECT_EQ(answered(409, std::string{body}).event.kind, Kind::kFailed) << body;
  }
}

PushOutcome verified(int status, std::string body) {
  BuiltBatch verification{.id = "m-1", .after = 10, .through = 10};
  verification.verification = "abc";
  return judge(http::ClientResponse{status, {}, std::move(body)}, verification, kNow, 24h);
}

TEST(PushAnswer, AVerificationPassesOnlyIfItsStateIsRepeated) {
  const auto passed =
      verified(200, R"({"accepted_through":3,"applied_through":3,"verification":"abc"})");
  EXPECT_EQ(passed.event.kind, Kind::kAccepted);
  EXPECT_EQ(passed.answer.accepted_through, 3U) << "whatever the receiver's cursor is";
  for (const std::string_view body :
       {R"({"accepted_through":10,"applied_through":10})",
        R"({"accepted_through":10,"applied_through":10,"verification":"abd"})",
        ""}) {
    EXPECT_EQ(verified(200, std::string{body}).event.kind, Kind::kFailed) << body;
  }
  EXPECT_EQ(verified(202, "").event.kind, Kind::kAccepted) << "it always answers so";
  EXPECT_EQ(verified(409, R"({"accepted_through":7,"epoch":1})").event.kind, Kind::kFailed);
  EXPECT_EQ(verified(410, "").event.kind, Kind::kGone);
}

TEST(PushAnswer, AReplacingBatchIsTakenAtAnyCursor) {
  BuiltBatch batch{.id = "m-1", .after = 0, .through = 10};
  batch.replacing = true;
  const http::ClientResponse taken{200, {}, R"({"accepted_through":12,"applied_through":12})"};
  EXPECT_EQ(judge(taken, batch, kNow, 24h).event.kind, Kind::kAccepted);
  const http::ClientResponse behind{409, {}, R"({"accepted_through":4,"epoch":1})"};
  EXPECT_EQ(judge(behind, batch, kNow, 24h).event.kind, Kind::kGap);
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
