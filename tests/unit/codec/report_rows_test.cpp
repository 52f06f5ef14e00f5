#include "lib/codec/report_rows.hpp"

#include "support/test_pan.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cw::codec {
namespace {

const std::string kPan = cw::test::test_pan(1);
constexpr std::size_t kBytesMax = 1 << 20;

ReportLimits limits() {
  return {parse_instant("2012-04-01T00:00:00Z").value()};
}

/// A good report, member by member.
std::map<std::string, std::string> good() {
  return {{"issuer", "jcb-a"},
          {"report_id", "R-1"},
          {"revision", "1"},
          {"action", "NEWF"},
          {"pan", kPan},
          {"expiry", "2010-03"},
          {"attempted_at", "2009-07-20T21:00:00+09:00"},
          {"reported_at", "2009-07-23T12:04:05+09:00"},
          {"received_at", ""},
          {"amount", "1200.00"},
          {"currency", "JPY"},
          {"mcc", "5732"},
          {"country", "JP"},
          {"channel", "internet"},
          {"approved", "false"},
          {"fraud_type", "CNP_USE"},
          {"disposition", "member_statement"},
          {"member", "M-1"},
          {"incident", "alico-2009"}};
}

std::string csv(const std::map<std::string, std::string>& report) {
  std::string header;
  std::string row;
  for (const auto& [column, value] : report) {
    header += column + ",";
    row += value + ",";
  }
  header.back() = '\n';
  row.back() = '\n';
  return header + row;
}

std::string json(const std::map<std::string, std::string>& report) {
  std::string text = "[{";
  for (const auto& [name, value] : report) {
    text += "\"" + name + "\":";
    text += value.empty() ? "null," : "\"" + value + "\",";
  }
  text.back() = '}';
  return text + "]";
}

std::string told(const ReportItem& item) {
  const auto* refused = std::get_if<RowError>(&item);
  if (refused == nullptr) return "ok";
  EXPECT_EQ(refused->error.detail.find("3569"), std::string::npos) << refused->error.detail;
  return refused->column + ":" + std::string(name(refused->error.code));
}

std::string read_csv(const std::string& text) {
  ReportRows rows(limits());
  rows.feed(text);
  rows.finish();
  auto item = rows.next();
  if (!item) return std::string(name(item.error().code));
  return item.value() ? told(*item.value()) : "nothing";
}

std::string read_json(const std::string& text) {
  auto items = read_reports_json(text, limits(), kBytesMax);
  if (!items) return std::string(name(items.error().code));
  return items.value().empty() ? "nothing" : told(items.value().front());
}

TEST(ReportRows, GivesTheWholeReport) {
  ReportRows rows(limits());
  rows.feed(csv(good()));
  auto item = rows.next();
  ASSERT_TRUE(item) << item.error().detail;
  const auto* input = std::get_if<ReportInput>(&*item.value());
  ASSERT_NE(input, nullptr) << told(*item.value());
  EXPECT_EQ(input->line, 2U);
  EXPECT_EQ(input->pan.reveal(), kPan);
  EXPECT_FALSE(input->received_at);
  const ReportRevision& report = input->report;
  EXPECT_EQ(report.issuer, IssuerId{"jcb-a"});
  EXPECT_EQ(report.reported_at, parse_instant("2009-07-23T03:04:05Z").value());
  EXPECT_EQ(report.attempted_at, parse_instant("2009-07-20T12:00:00Z").value());
  EXPECT_EQ(report.expiry, (Expiry{2010, 3}));
  EXPECT_EQ(report.amount, "1200.00");
  EXPECT_EQ(report.approved, false);
  EXPECT_EQ(report.disposition, FraudDisposition::kMemberStatement);
  EXPECT_EQ(report.member, "M-1");
  EXPECT_EQ(report.incident, IncidentId{"alico-2009"});
}

TEST(ReportRows, OptionalColumnsMayBeLeftOut) {
  EXPECT_EQ(
      read_csv("issuer,report_id,revision,action,pan,reported_at,fraud_type\njcb-a,R-1,1,NEWF," +
               kPan + ",2009-07-23T03:04:05Z,CNP_USE\n"),
      "ok");
}

// Goal: CSV and JSON refuse alike. Method: one member broken at a time, both ways.
TEST(ReportRows, EachBrokenFieldHasItsCodeInCsvAndInJson) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"issuer", "", "issuer:FIELD_MISSING"},
      {"issuer", "jcb a", "issuer:CODE_INVALID"},
      {"report_id", std::string(65, 'r'), "report_id:CODE_INVALID"},
      {"revision", "0", "revision:REVISION_INVALID"},
      {"revision", "-1", "revision:REVISION_INVALID"},
      {"revision", "1.5", "revision:REVISION_INVALID"},
      {"revision", "99999999999", "revision:REVISION_INVALID"},
      {"action", "new", "action:CODE_INVALID"},
      {"pan", "", "pan:FIELD_MISSING"},
      {"pan", cw::test::with_bad_luhn(kPan), "pan:PAN_LUHN"},
      {"pan", "3569", "pan:PAN_LENGTH"},
      {"pan", "card 3569990000", "pan:PAN_CHARACTERS"},
      {"expiry", "2010-00", "expiry:EXPIRY_INVALID"},
      {"attempted_at", "2009-07-20", "attempted_at:TIMESTAMP_INVALID"},
      {"attempted_at", "1989-12-31T23:59:59Z", "attempted_at:TIMESTAMP_RANGE"},
      {"attempted_at", "2012-04-02T00:00:00.001Z", "attempted_at:TIMESTAMP_RANGE"},
      {"reported_at", "", "reported_at:FIELD_MISSING"},
      {"reported_at", "2009-07-23 12:00:00", "reported_at:TIMESTAMP_INVALID"},
      {"reported_at", "2012-04-02T00:00:00.001Z", "reported_at:TIMESTAMP_RANGE"},
      {"reported_at", "1989-12-31T23:59:59.999Z", "reported_at:TIMESTAMP_RANGE"},
      {"received_at", "2012-05-01T00:00:00Z", "received_at:TIMESTAMP_RANGE"},
      {"received_at", "1989-12-31T23:59:59Z", "received_at:TIMESTAMP_RANGE"},
      {"received_at", "2009-07-22T03:04:04.999Z", "reported_at:TIMESTAMP_RANGE"},
      {"amount", "-1.00", "amount:AMOUNT_INVALID"},
      {"amount", "1e3", "amount:AMOUNT_INVALID"},
      {"amount", "1.", "amount:AMOUNT_INVALID"},
      {"currency", "yen", "currency:CODE_INVALID"},
      {"mcc", "57", "mcc:CODE_INVALID"},
      {"country", "Japan", "country:CODE_INVALID"},
      {"channel", std::string(65, 'c'), "channel:FIELD_TOO_LONG"},
      {"approved", "yes", "approved:CODE_INVALID"},
      {"fraud_type", "CNP", "fraud_type:CODE_INVALID"},
      {"disposition", "phone", "disposition:CODE_INVALID"},
      {"incident", "a/b", "incident:CODE_INVALID"},
      {"member", kPan, "member:SENSITIVE_DATA"},
      {"report_id", "R-" + kPan, "report_id:SENSITIVE_DATA"},
      {"channel", ";" + kPan + "=1003", "channel:SENSITIVE_DATA"}};
  for (const auto& [field, value, wanted] : cases) {
    auto report = good();
    report[field] = value;
    EXPECT_EQ(read_csv(csv(report)), wanted) << field << "=" << value;
    EXPECT_EQ(read_json(json(report)), wanted) << field << "=" << value;
  }
  EXPECT_EQ(read_csv(csv(good())), "ok");
  EXPECT_EQ(read_json(json(good())), "ok");
}

TEST(ReportRows, TimesUpToADayAfterTheReceiptAreTaken) {
  auto report = good();
  report["reported_at"] = "2012-04-02T00:00:00Z";
  EXPECT_EQ(read_csv(csv(report)), "ok");
  report = good();
  report["received_at"] = "2009-07-22T03:04:05Z";
  EXPECT_EQ(read_csv(csv(report)), "ok") << "an import is judged by its own receipt";
}

TEST(ReportRows, AHeaderThatIsNotRightRefusesTheFile) {
  auto report = good();
  report.erase("fraud_type");
  EXPECT_EQ(read_csv(csv(report)), "MISSING_COLUMN");
  report = good();
  report["colour"] = "red";
  EXPECT_EQ(read_csv(csv(report)), "UNKNOWN_COLUMN");
  report = good();
  report["cvv2"] = "123";
  EXPECT_EQ(read_csv(csv(report)), "SENSITIVE_DATA");
  EXPECT_EQ(read_csv(""), "MISSING_COLUMN");
}

TEST(ReportJson, TakesNumbersAndBooleansWhereTheyBelong) {
  auto text = json(good());
  const auto swap = [&text](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  swap("\"revision\":\"1\"", "\"revision\":1");
  swap("\"approved\":\"false\"", "\"approved\":true");
  EXPECT_EQ(read_json(text), "ok");
  swap("\"amount\":\"1200.00\"", "\"amount\":1200.00");
  EXPECT_EQ(read_json(text), "amount:AMOUNT_INVALID") << "fractions lose digits";
}

TEST(ReportJson, UnknownAndSensitiveMembersRefuseTheItemOnly) {
  auto with = good();
  with["colour"] = "red";
  EXPECT_EQ(read_json(json(with)), ":UNKNOWN_COLUMN");
  with = good();
  with["cvv"] = "123";
  EXPECT_EQ(read_json(json(with)), ":SENSITIVE_DATA");

  const std::string item = json(good());
  const std::string text = "{\"reports\":[3," + item.substr(1, item.size() - 2) + "]}";
  const auto items = read_reports_json(text, limits(), kBytesMax);
  ASSERT_TRUE(items);
  ASSERT_EQ(items.value().size(), 2U);
  EXPECT_EQ(told(items.value()[0]), ":SCHEMA_VIOLATION");
  const auto* second = std::get_if<ReportInput>(&items.value()[1]);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->line, 2U) << "the item's place";
}

TEST(ReportJson, WhatIsNoListOfReportsIsRefusedAsAWhole) {
  EXPECT_EQ(read_json("{}"), "SCHEMA_VIOLATION");
  EXPECT_EQ(read_json(R"({"reports":[],"more":1})"), "SCHEMA_VIOLATION");
  EXPECT_EQ(read_json("3"), "SCHEMA_VIOLATION");
  EXPECT_EQ(read_json("[{"), "JSON_SYNTAX");
  EXPECT_EQ(read_json("[" + std::string(kBytesMax, ' ') + "]"), "BODY_TOO_LARGE");
  EXPECT_EQ(read_reports_json("[1,2,3]", limits(), kBytesMax, 2).error().code,
            Errc::kSchemaViolation);
  EXPECT_EQ(read_json("[]"), "nothing");
}

}  // namespace
}  // namespace cw::codec
