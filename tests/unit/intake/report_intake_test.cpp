#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "unit/intake/workbench.hpp"

namespace cw::intake {
namespace {

class ReportIntakeTest : public Workbench {
 protected:
  static ReportUpload csv_upload() {
    ReportUpload upload;
    upload.sender.by = Principal{"desk-a"};
    upload.received_at = kReceivedAt;
    return upload;
  }
  static ReportUpload from_issuer(const std::string& issuer) {
    ReportUpload upload = csv_upload();
    upload.sender = {Principal{issuer}, IssuerId{issuer}, false};
    return upload;
  }
  static std::string header() {
    return "issuer,report_id,revision,action,pan,reported_at,fraud_type,incident\n";
  }
  static std::string row(const std::string& id,
                         unsigned card,
                         const std::string& issuer = "jcb-a",
                         const std::string& incident = "") {
    return issuer + "," + id + ",1,NEWF," + test::test_pan(card) +
           ",2009-07-20T00:00:00Z,CNP_USE," + incident + "\n";
  }
  [[nodiscard]] Result<ReportAnswer> send(const std::string& text,
                                          const ReportUpload& upload = csv_upload()) {
    FakeBody body{text};
    return report(body, upload);
  }
  [[nodiscard]] std::vector<ReportRevision> reports() const {
    std::vector<ReportRevision> found;
    for (const auto& message : publisher_.messages(OutTopic::kReports)) {
      found.push_back(codec::decode_report(message.value).value());
    }
    return found;
  }
  /// The one refusal of a text with one report.
  [[nodiscard]] codec::RowError refusal(const std::string& text, const ReportUpload& upload) {
    const auto answer = send(text, upload);
    EXPECT_TRUE(answer.has_value());
    EXPECT_TRUE(answer.value().nothing_accepted());
    return answer.value().rows.errors().at(0);
  }
};

TEST_F(ReportIntakeTest, ReportsCarryTheReferenceAndOurStamp) {
  const auto answer = send(header() + row("r-1", 1) + row("r-2", 2, "jcb-a", "alico-2009"));
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer.value().rows.accepted(), 2U);
  const auto sent = reports();
  ASSERT_EQ(sent.size(), 2U);
  const Pan pan = Pan::parse(test::test_pan(1)).value();
  EXPECT_EQ(sent[0].card, match_key_.reference(pan));
  EXPECT_EQ(sent[0].iin, pan.iin());
  EXPECT_EQ(sent[0].received_at, kReceivedAt);
  EXPECT_EQ(sent[0].match_key, match_key_.id());
  EXPECT_FALSE(sent[0].imported);
  EXPECT_EQ(sent[1].incident, IncidentId{"alico-2009"});
  EXPECT_EQ(publisher_.messages(OutTopic::kReports)[0].key, sent[0].card.hex());
}

TEST_F(ReportIntakeTest, JsonIsTakenAsWell) {
  ReportUpload upload = csv_upload();
  upload.format = ReportFormat::kJson;
  const std::string json = R"({"reports":[{"issuer":"jcb-a","report_id":"r-1","revision":1,)"
                           R"("action":"NEWF","pan":")" +
                           test::test_pan(1) +
                           R"(","reported_at":"2009-07-20T00:00:00Z","fraud_type":"CNP_USE"},)"
                           R"({"issuer":"jcb-a"}]})";
  const auto answer = send(json, upload);
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer.value().rows.accepted(), 1U);
  EXPECT_EQ(answer.value().rows.refused(), 1U);
  EXPECT_EQ(answer.value().rows.errors()[0].line, 2U);
}

TEST_F(ReportIntakeTest, BrokenJsonIsRefusedAsAWhole) {
  ReportUpload upload = csv_upload();
  upload.format = ReportFormat::kJson;
  EXPECT_EQ(send("[{", upload).error().code, Errc::kJsonSyntax);
  EXPECT_EQ(send("{}", upload).error().code, Errc::kSchemaViolation);
  limits_.json_bytes_max = 10;
  EXPECT_EQ(send(std::string(11, ' '), upload).error().code, Errc::kBodyTooLarge);
  EXPECT_TRUE(publisher_.messages(OutTopic::kReports).empty());
}

TEST_F(ReportIntakeTest, NoCardNumberLeaves) {
  ASSERT_TRUE(send(header() + row("r-1", 1) + row("r-2", 2, "nobody")).has_value());
  EXPECT_EQ(publisher_.everything().find(test::test_pan(1)), std::string::npos);
  EXPECT_EQ(publisher_.everything().find(test::test_pan(2)), std::string::npos);
}

TEST_F(ReportIntakeTest, UnknownIssuerAndIncidentAreRefusedRowByRow) {
  const auto answer = send(header() + row("r-1", 1, "nobody") + row("r-2", 2) +
                           row("r-3", 3, "jcb-a", "other-2010"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().rows.accepted(), 1U);
  const auto& errors = answer.value().rows.errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].line, 2U);
  EXPECT_EQ(errors[0].column, "issuer");
  EXPECT_EQ(errors[0].error.code, Errc::kUnknownIssuer);
  EXPECT_EQ(errors[1].column, "incident");
  EXPECT_EQ(errors[1].error.code, Errc::kUnknownIncident);
}

TEST_F(ReportIntakeTest, AnIssuerReportsOnlyUnderItsOwnId) {
  const auto refused = refusal(header() + row("r-1", 1, "jcb-a"), from_issuer("visa-b"));
  EXPECT_EQ(refused.error.code, Errc::kIssuerForbidden);
  EXPECT_EQ(refused.column, "issuer");
  EXPECT_EQ(send(header() + row("r-1", 1), from_issuer("jcb-a")).value().rows.accepted(), 1U);
}

TEST_F(ReportIntakeTest, AnIssuerCannotReportACardOfAnother) {
  const auto refused = refusal(header() + row("r-1", 1, "visa-b"), from_issuer("visa-b"));
  EXPECT_EQ(refused.error.code, Errc::kIssuerForbidden);
  EXPECT_EQ(refused.column, "pan");
  EXPECT_EQ(send(header() + row("r-1", 1, "visa-b")).value().rows.accepted(), 1U)
      << "the desk may, for whoever reports";
}

TEST_F(ReportIntakeTest, ACardInNoRangeMayBeReportedByAnyIssuer) {
  const std::string row =
      "visa-b,r-1,1,NEWF," + test::test_pan(1, "55555500") + ",2009-07-20T00:00:00Z,CNP_USE,\n";
  EXPECT_EQ(send(header() + row, from_issuer("visa-b")).value().rows.accepted(), 1U);
}

TEST_F(ReportIntakeTest, OnlyAnImporterSuppliesReceivedAt) {
  const std::string csv =
      "issuer,report_id,revision,action,pan,reported_at,received_at,fraud_type\n"
      "jcb-a,r-1,1,NEWF," +
      test::test_pan(1) + ",2009-07-20T00:00:00Z,2009-07-23T01:00:00Z,CNP_USE\n";
  const auto refused = refusal(csv, csv_upload());
  EXPECT_EQ(refused.error.code, Errc::kImportForbidden);
  EXPECT_EQ(refused.column, "received_at");

  ReportUpload importer = csv_upload();
  importer.sender.may_import = true;
  ASSERT_TRUE(send(csv, importer).has_value());
  EXPECT_EQ(format_instant(reports()[0].received_at), "2009-07-23T01:00:00.000Z");
  EXPECT_TRUE(reports()[0].imported);
}

TEST_F(ReportIntakeTest, TimesOutOfRangeAreRefusedWithLineAndColumn) {
  auto importer = csv_upload();
  importer.sender.may_import = true;
  std::string text =
      "issuer,report_id,revision,action,pan,fraud_type,attempted_at,reported_at,received_at\n";
  // Received on 2009-08-01T00:00:00Z where a row does not say otherwise.
  for (const std::string times : {",2009-08-02T00:00:00Z,",
                                  ",2009-08-02T00:00:01Z,",
                                  ",1989-12-31T23:59:59Z,",
                                  "2009-08-03T00:00:00Z,2009-07-20T00:00:00Z,",
                                  "1970-01-01T00:00:00Z,2009-07-20T00:00:00Z,",
                                  ",2009-07-20T00:00:00Z,1989-12-31T00:00:00Z",
                                  ",2009-07-20T00:00:00Z,2009-07-18T00:00:00Z",
                                  ",1990-01-01T00:00:00Z,1990-01-01T00:00:00Z"}) {
    text += "jcb-a,r-1,1,NEWF," + test::test_pan(1) + ",CNP_USE," + times + "\n";
  }
  const auto answer = send(text, importer);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().rows.accepted(), 2U);
  std::vector<std::pair<std::uint64_t, std::string>> refused;
  for (const auto& error : answer.value().rows.errors()) {
    EXPECT_EQ(name(error.error.code), "TIMESTAMP_RANGE");
    refused.emplace_back(error.line, error.column);
  }
  EXPECT_EQ(refused,
            (std::vector<std::pair<std::uint64_t, std::string>>{{3, "reported_at"},
                                                                {4, "reported_at"},
                                                                {5, "attempted_at"},
                                                                {6, "attempted_at"},
                                                                {7, "received_at"},
                                                                {8, "reported_at"}}));
  EXPECT_EQ(publisher_.messages(OutTopic::kQuarantine).size(), 6U);
}

TEST_F(ReportIntakeTest, RefusedRowsGoToQuarantineUnderTheUploadsId) {
  const auto answer = send(header() + row("r-1", 1) + row("r-2", 2, "nobody"));
  ASSERT_TRUE(answer.has_value());
  const auto quarantined = publisher_.messages(OutTopic::kQuarantine);
  ASSERT_EQ(quarantined.size(), 1U);
  const auto record = codec::decode_quarantine(quarantined[0].value).value();
  EXPECT_EQ(record.source, answer.value().upload);
  EXPECT_EQ(quarantined[0].key, record.source);
  EXPECT_EQ(record.code, Errc::kUnknownIssuer);
  EXPECT_EQ(record.line, 3U);
}

TEST_F(ReportIntakeTest, TheSameReportsAgainHaveTheSameAnswer) {
  const std::string csv = header() + row("r-1", 1) + row("r-2", 2, "nobody");
  EXPECT_EQ(send(csv).value().json(), send(csv).value().json());
  EXPECT_NE(send(csv).value().upload, send(header() + row("r-9", 9)).value().upload);
}

TEST_F(ReportIntakeTest, AFileOfTheWrongKindIsGivenUpAfterManyRefusals) {
  limits_.refused_max = 3;
  std::string csv = header();
  for (int i = 0; i < 4; ++i) csv += row("r-1", 1, "nobody");
  EXPECT_EQ(send(csv).error().code, Errc::kLimitReached);
}

TEST_F(ReportIntakeTest, NothingInItIsAnError) {
  EXPECT_EQ(send(header()).error().code, Errc::kFieldMissing);
  EXPECT_EQ(send("issuer,cvv\n").error().code, Errc::kSensitiveData);
  ReportUpload json = csv_upload();
  json.format = ReportFormat::kJson;
  EXPECT_EQ(send("[]", json).error().code, Errc::kFieldMissing);
}

TEST_F(ReportIntakeTest, KafkaAwayIsAnErrorAndNotAHalfAnswer) {
  publisher_.acknowledge_failure = Error{Errc::kBrokerUnavailable, "away"};
  EXPECT_EQ(send(header() + row("r-1", 1)).error().code, Errc::kBrokerUnavailable);
  publisher_.offer_failure = Error{Errc::kBrokerUnavailable, "away"};
  EXPECT_EQ(send(header() + row("r-1", 1)).error().code, Errc::kBrokerUnavailable);
  publisher_.full_answers = 1'000'000;
  EXPECT_EQ(send(header() + row("r-1", 1)).error().code, Errc::kQueueFull);
}

TEST_F(ReportIntakeTest, ABrokenConnectionIsAnError) {
  FakeBody body{header() + row("r-1", 1)};
  body.failure = Error{Errc::kReadTimeout, "slow"};
  EXPECT_EQ(report(body, csv_upload()).error().code, Errc::kReadTimeout);
}

}  // namespace
}  // namespace cw::intake
