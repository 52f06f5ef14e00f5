#include "intake/routes.hpp"

#include "unit/intake/workbench.hpp"

#include <memory>
#include <set>

namespace cw::intake {
namespace {

constexpr const char* kFilePath = "/v1/incidents/alico-2009/files/extract-1";

/// Requests through the router, without sockets.
class RoutesTest : public Workbench {
 protected:
  RoutesTest()
      : exposures_(shop()),
        reports_(shop()),
        routes_(exposures_, reports_, probe_, [this] { return ready_; }),
        router_(http::Principals{{{.name = "loader", .roles = {"load", "report"}},
                                  {.name = "importer", .roles = {"load", "report", "import"}},
                                  {.name = "jcb-a", .roles = {"report"}, .issuer = "jcb-a"}}}) {
    routes_.add_to(router_, limits_, std::chrono::seconds{1});
  }

  struct Sent {
    std::string method;
    std::string path;
    std::string type = "text/csv";
    std::string principal = "loader";
    std::string received_at = "";
  };

  [[nodiscard]] http::Response send(const Sent& sent, std::string_view text) {
    http::Request request;
    request.method = sent.method;
    request.path = sent.path;
    request.peer.common_name = sent.principal;
    if (!sent.type.empty()) request.headers.add("Content-Type", sent.type);
    if (!sent.received_at.empty()) request.query.add("received_at", sent.received_at);
    const auto route = router_.resolve(request);
    if (!route) return http::Response::text(403, std::string(name(route.error().code)));
    FakeBody body{text};
    return http::run_blocking(io_, route.value()->handler(request, body));
  }
  [[nodiscard]] static std::string file() {
    return "pan,expiry\n" + test::test_pan(1) + ",2010-03\n";
  }
  [[nodiscard]] static std::string reports() {
    return "issuer,report_id,revision,action,pan,reported_at,fraud_type\njcb-a,r-1,1,NEWF," +
           test::test_pan(1) + ",2009-07-20T00:00:00Z,CNP_USE\n";
  }
  static bool has(const http::Response& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
  }

  Status ready_ = Ok{};
  ExposureIntake exposures_;
  ReportIntake reports_;
  Routes routes_;
  http::Router router_;
};

TEST_F(RoutesTest, AFileIsLoadedOnceAndThenAlreadyLoaded) {
  const auto first = send({"PUT", kFilePath}, file());
  EXPECT_EQ(first.status, 202);
  EXPECT_TRUE(has(first, R"("status":"loaded")")) << first.body;
  const auto second = send({"PUT", kFilePath, "text/csv; charset=utf-8"}, file());
  EXPECT_EQ(second.status, 202);
  EXPECT_TRUE(has(second, R"("status":"already_loaded")"));
  const auto other = send({"PUT", kFilePath}, file() + "x\n");
  EXPECT_EQ(other.status, 409);
  EXPECT_TRUE(has(other, "FILE_CONTENT_DIFFERS"));
}

TEST_F(RoutesTest, ReportsAreAnswered) {
  const auto good = send({"POST", "/v1/reports"}, reports());
  EXPECT_EQ(good.status, 202);
  EXPECT_TRUE(has(good, R"("accepted":1,"refused":0)")) << good.body;
  EXPECT_EQ(send({"POST", "/v1/reports", "Application/JSON"}, "[").status, 400);
}

TEST_F(RoutesTest, WhereEverythingWasRefusedTheStatusSaysSo) {
  EXPECT_EQ(send({"PUT", kFilePath}, "pan,expiry\n1,2010-03\n").status, 422);
  const auto refused =
      send({"POST", "/v1/reports"},
           "issuer,report_id,revision,action,pan,reported_at,fraud_type\nx,y,1,NEWF,1,2,3\n");
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(has(refused, R"("refused":1)"));
}

TEST_F(RoutesTest, OtherMediaTypesAreRefused) {
  EXPECT_EQ(send({"PUT", kFilePath, "application/json"}, file()).status, 415);
  EXPECT_EQ(send({"PUT", kFilePath, ""}, file()).status, 415);
  EXPECT_EQ(send({"POST", "/v1/reports", "text/plain"}, reports()).status, 415);
}

TEST_F(RoutesTest, RolesDecideWhoMayWhat) {
  EXPECT_EQ(send({"PUT", kFilePath, "text/csv", "jcb-a"}, file()).status, 403);
  EXPECT_EQ(send({"PUT", kFilePath, "text/csv", "stranger"}, file()).status, 403);
  EXPECT_EQ(send({"POST", "/v1/reports", "text/csv", "jcb-a"}, reports()).status, 202);
}

TEST_F(RoutesTest, ReceivedAtIsForImportersOnly) {
  const std::string at = "2009-07-23T01:00:00Z";
  const auto refused = send({"PUT", kFilePath, "text/csv", "loader", at}, file());
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(has(refused, "IMPORT_FORBIDDEN"));
  EXPECT_EQ(send({"PUT", kFilePath, "text/csv", "importer", "soon"}, file()).status, 422);
  for (const std::string out_of_range : {"2999-01-01T00:00:00Z", "1989-12-31T23:59:59Z"}) {
    const auto answer = send({"PUT", kFilePath, "text/csv", "importer", out_of_range}, file());
    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, "TIMESTAMP_RANGE")) << answer.body;
  }
  EXPECT_EQ(send({"PUT", kFilePath, "text/csv", "importer", at}, file()).status, 202);
  EXPECT_EQ(format_instant(publisher_.loads()[0].received_at), "2009-07-23T01:00:00.000Z");
}

TEST_F(RoutesTest, UnknownNamesAreNotFound) {
  EXPECT_EQ(send({"PUT", "/v1/incidents/other/files/extract-1"}, file()).status, 404);
  EXPECT_EQ(send({"PUT", "/v1/incidents/alico-2009/files/other"}, file()).status, 404);
  EXPECT_EQ(send({"PUT", "/v1/incidents/a%20b/files/other"}, file()).status, 404);
}

TEST_F(RoutesTest, WithoutKafkaTheSenderIsToldWhenToTryAgain) {
  ready_ = Error{Errc::kBrokerUnavailable, "Kafka cannot be reached"};
  for (const auto& response :
       {send({"PUT", kFilePath}, file()), send({"POST", "/v1/reports"}, reports())}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.headers.find("retry-after").has_value());
  }
  EXPECT_TRUE(publisher_.events.empty());
  ready_ = Ok{};
  publisher_.acknowledge_failure = Error{Errc::kBrokerUnavailable, "away"};
  EXPECT_EQ(send({"POST", "/v1/reports"}, reports()).status, 503);
}

TEST_F(RoutesTest, UploadsAreCountedByResult) {
  static_cast<void>(send({"PUT", kFilePath}, file()));
  static_cast<void>(send({"PUT", kFilePath}, file() + "x\n"));
  const std::string metrics = metrics_.expose();
  const auto counted = [&metrics](const std::string& result) {
    return metrics.find("cardwatch_intake_uploads_total{kind=\"exposures\",result=\"" + result +
                        "\"} 1") != std::string::npos;
  };
  EXPECT_TRUE(counted("loaded")) << metrics;
  EXPECT_TRUE(counted("FILE_CONTENT_DIFFERS"));
}

}  // namespace
}  // namespace cw::intake
