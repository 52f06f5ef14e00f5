#include "intake/nil_returns.hpp"

#include "lib/codec/json_value.hpp"
#include "unit/intake/workbench.hpp"

namespace cw::intake {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

NilReturn asked(Instant until, const std::string& issuer = "jcb-a") {
  return {.issuer = IssuerId{issuer},
          .until = until,
          .received_at = kReceivedAt,
          .by = Principal{"jcb-a"}};
}

Errc refusal(const Control& control, const NilReturn& record) {
  const auto result = nil_return(control, record);
  return result ? Errc::kInternal : result.error().code;
}

/// Requests through the router, without sockets.
class NilReturnsTest : public Workbench {
 protected:
  NilReturnsTest() { api_.add_to(router_, std::chrono::seconds{1}); }

  http::Response post(const std::string& json,
                      const std::string& principal = "jcb-a",
                      const std::string& type = "application/json") {
    http::Request request;
    request.method = "POST";
    request.path = "/v1/reports/nil";
    request.peer.common_name = principal;
    request.headers.add("Content-Type", type);
    const auto route = router_.resolve(request);
    if (!route) return http::Response::text(403, std::string(name(route.error().code)));
    FakeBody body{json};
    return http::run_blocking(io_, route.value()->handler(request, body));
  }
  static std::string until(Instant instant) {
    return R"({"until":")" + format_instant(instant) + "\"}";
  }
  static std::string code(const http::Response& response) {
    const auto document = codec::JsonDocument::parse(response.body);
    return document ? document.value().root()["code"].text_or("") : response.body;
  }
  /// As if read back from Kafka.
  void read_back() {
    for (const auto& event : publisher_.events) control_.apply({event.nil_return});
  }

  Status ready_ = Ok{};
  NilReturnApi api_{publisher_, control_, probe_, [this] { return ready_; }};
  http::Router router_{http::Principals{{{.name = "jcb-a", .roles = {"report"}, .issuer = "jcb-a"},
                                         {.name = "odd", .roles = {"report"}, .issuer = "odd"},
                                         {.name = "loader", .roles = {"report"}},
                                         {.name = "reader", .roles = {"read"}}}}};
};

TEST_F(NilReturnsTest, IsRecordedInControlForThePrincipalsIssuer) {
  const Instant at = now();
  const auto response = post(until(at));

  EXPECT_EQ(response.status, 202) << response.body;
  ASSERT_EQ(publisher_.events.size(), 1U);
  const NilReturn& record = publisher_.events[0].nil_return;
  EXPECT_EQ(record.issuer, IssuerId{"jcb-a"});
  EXPECT_EQ(record.until, at);
  EXPECT_EQ(record.by, Principal{"jcb-a"});
  EXPECT_GE(record.received_at, at);
}

TEST_F(NilReturnsTest, TheSameAgainIsUnchangedAndWritesNothing) {
  const Instant at = now();
  ASSERT_EQ(post(until(at)).status, 202);
  read_back();

  const auto again = post(until(at));

  EXPECT_EQ(again.status, 200);
  EXPECT_NE(again.body.find(R"("status":"unchanged")"), std::string::npos);
  EXPECT_EQ(publisher_.events.size(), 1U);
}

TEST_F(NilReturnsTest, NeverReachesLessFarThanBefore) {
  const Instant at = now();
  ASSERT_EQ(post(until(at)).status, 202);
  read_back();

  const auto back = post(until(at - milliseconds{1}));

  EXPECT_EQ(back.status, 409);
  EXPECT_EQ(code(back), "NIL_RETURN_BACKWARDS");
  EXPECT_EQ(publisher_.events.size(), 1U);
  EXPECT_EQ(post(until(at + hours{1})).status, 202);
}

TEST_F(NilReturnsTest, RefusalsHaveTheirCodes) {
  EXPECT_EQ(code(post("{")), "JSON_SYNTAX");
  EXPECT_EQ(code(post("{}")), "SCHEMA_VIOLATION");
  EXPECT_EQ(code(post(R"({"until":"tomorrow"})")), "SCHEMA_VIOLATION");
  EXPECT_EQ(code(post(until(now()), "jcb-a", "text/csv")), "MEDIA_TYPE");
  EXPECT_EQ(code(post(until(now()), "loader")), "ISSUER_FORBIDDEN");
  EXPECT_EQ(code(post(until(now()), "odd")), "UNKNOWN_ISSUER");
  EXPECT_EQ(code(post(until(now() + hours{25}))), "TIMESTAMP_RANGE");
  EXPECT_EQ(post(until(now()), "reader").status, 403);
  ready_ = Error{Errc::kUnavailable, "not read yet"};
  EXPECT_EQ(post(until(now())).status, 503);
  EXPECT_TRUE(publisher_.events.empty());
}

TEST_F(NilReturnsTest, IsNotAnsweredAsTakenWhenKafkaDidNotTakeIt) {
  publisher_.load_failure = Error{Errc::kBrokerUnavailable, "away"};
  EXPECT_EQ(post(until(now())).status, 503);
}

TEST_F(NilReturnsTest, ReachesADayAheadAndNotFurther) {
  const auto control = control_.snapshot();
  EXPECT_TRUE(nil_return(*control, asked(kReceivedAt + hours{24})));
  EXPECT_EQ(refusal(*control, asked(kReceivedAt + hours{24} + milliseconds{1})),
            Errc::kTimestampRange);
  EXPECT_EQ(refusal(*control, asked(Instant{})), Errc::kTimestampRange);
}

}  // namespace
}  // namespace cw::intake
