#include "lib/codec/exposure_rows.hpp"

#include "support/test_pan.hpp"

#include <gtest/gtest.h>

namespace cw::codec {
namespace {

const std::string kPan = cw::test::test_pan(1);

/// What one read of a file gave, in words: "ok" or line:column:CODE; a refused file: its code.
std::vector<std::string> read(std::string_view text, std::vector<std::string> attributes) {
  ExposureRows rows(std::move(attributes));
  rows.feed(text);
  rows.finish();
  std::vector<std::string> result;
  while (true) {
    auto item = rows.next();
    if (!item) {
      result.emplace_back(name(item.error().code));
      EXPECT_EQ(item.error().detail.find("3569"), std::string::npos) << item.error().detail;
      return result;
    }
    if (!item.value()) return result;
    if (const auto* refused = std::get_if<RowError>(&*item.value())) {
      result.push_back(std::to_string(refused->line) + ":" + refused->column + ":" +
                       std::string(name(refused->error.code)));
      EXPECT_EQ(refused->error.detail.find("3569"), std::string::npos) << refused->error.detail;
    } else {
      result.emplace_back("ok");
    }
  }
}

std::vector<std::string> read_row(const std::string& row) {
  return read("pan,expiry,channel,member\n" + row + "\n", {"channel"});
}

using Words = std::vector<std::string>;

TEST(ExposureRows, GivesCardAttributesAndMember) {
  ExposureRows rows({"channel", "apply_month", "product"});
  rows.feed(
      "product,pan,expiry,apply_month,member,channel\n, 3569 9900-0000 0017 ,2010-03,"
      "2004-06,M-1,internet\n");
  auto item = rows.next();
  ASSERT_TRUE(item) << item.error().detail;
  ASSERT_TRUE(item.value());
  const auto* row = std::get_if<ExposureRow>(&*item.value());
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->line, 2U);
  EXPECT_EQ(row->record, 1U);
  EXPECT_EQ(row->pan.reveal(), "3569990000000017");
  EXPECT_EQ(row->expiry, (Expiry{2010, 3}));
  EXPECT_EQ(row->member, "M-1");
  EXPECT_EQ(row->attributes, (Attributes{{"apply_month", "2004-06"}, {"channel", "internet"}}))
      << "sorted, an empty field is a missing attribute";
}

TEST(ExposureRows, FullWidthDigitsAreFolded) {
  EXPECT_EQ(read_row("３５６９９９００００００００１７,2010-03,,"), Words{"ok"});
}

TEST(ExposureRows, ABadRowDoesNotStopTheNext) {
  const std::string bad = cw::test::with_bad_luhn(kPan);
  EXPECT_EQ(read("pan,expiry\n" + bad + ",2010-03\n" + kPan + ",2010-03\nx,y,z\n" + kPan +
                     ",2010-13\n" + kPan + ",2010-03\n",
                 {}),
            (Words{"2:pan:PAN_LUHN", "ok", "4::FIELD_COUNT", "5:expiry:EXPIRY_INVALID", "ok"}));
}

TEST(ExposureRows, EachKindOfBadRowHasItsCode) {
  EXPECT_EQ(read_row("12345678901,2010-03,,"), Words{"2:pan:PAN_LENGTH"});
  EXPECT_EQ(read_row("3569x90000000017,2010-03,,"), Words{"2:pan:PAN_CHARACTERS"});
  EXPECT_EQ(read_row(",2010-03,,"), Words{"2:pan:FIELD_MISSING"});
  EXPECT_EQ(read_row(kPan + ",,,"), Words{"2:expiry:FIELD_MISSING"});
  EXPECT_EQ(read_row(kPan + ",03/10,,"), Words{"2:expiry:EXPIRY_INVALID"});
  EXPECT_EQ(read_row(kPan + ",2010-03," + std::string(1025, 'x') + ","),
            Words{"2::FIELD_TOO_LONG"});
  EXPECT_EQ(read_row(kPan + ",2010-03,a\tb,"), Words{"2:channel:ENCODING"});
  EXPECT_EQ(read_row(kPan + ",2010-03,\xff,"), Words{"2::ENCODING"});
  EXPECT_EQ(read_row(kPan + ",2010-03,\"x"), Words{"2::CSV_SYNTAX"});
}

TEST(ExposureRows, TrackDataInAnyFieldIsRefused) {
  for (const std::string& track : {"B" + kPan + "^DOE/JANE^1003101000000",
                                   "%B" + kPan + "^DOE/JANE^1003101",
                                   ";" + kPan + "=10031010000000",
                                   kPan + "=1003101",
                                   kPan + "D1003101"}) {
    EXPECT_EQ(read_row(kPan + ",2010-03," + track + ","), Words{"2:channel:SENSITIVE_DATA"});
    EXPECT_EQ(read_row(track + ",2010-03,,"), Words{"2:pan:SENSITIVE_DATA"});
  }
  EXPECT_EQ(read_row(kPan + ",2010-03,2004-06=7,"), Words{"ok"});
}

TEST(ExposureRows, TheCardNumberInAnotherColumnIsRefused) {
  EXPECT_EQ(read_row(kPan + ",2010-03,note " + kPan + ","), Words{"2:channel:SENSITIVE_DATA"});
  EXPECT_EQ(read_row(kPan + ",2010-03,,3569-9900-0000-0017"), Words{"2:member:SENSITIVE_DATA"});
}

TEST(ExposureRows, AHeaderThatIsNotRightRefusesTheFile) {
  EXPECT_EQ(read("", {}), Words{"MISSING_COLUMN"});
  EXPECT_EQ(read("pan,channel\n", {"channel"}), Words{"MISSING_COLUMN"});
  EXPECT_EQ(read("pan,expiry,colour\n", {"channel"}), Words{"UNKNOWN_COLUMN"});
  EXPECT_EQ(read("pan,expiry,pan\n", {}), Words{"DUPLICATE_COLUMN"});
  EXPECT_EQ(read("pan,expiry,cvv\n", {"cvv"}), Words{"SENSITIVE_DATA"}) << "even if declared";
  EXPECT_EQ(read("pan,expiry,\xff\n", {}), Words{"ENCODING"});
  EXPECT_EQ(read("pan,\"expiry\n", {}), Words{"CSV_SYNTAX"});
  EXPECT_EQ(read(kPan + ",2010-03\n" + kPan + ",2010-03\n", {}), Words{"UNKNOWN_COLUMN"})
      << "a file without header";
}

TEST(ExposureRows, AnUnknownColumnComesWithTheNearestName) {
  ExposureRows rows({"channel", "apply_month"});
  rows.feed("pan,expiry,chanel\n");
  const auto refused = rows.next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail,
            "column 3 of the header: \"chanel\" is unknown; did you mean \"channel\"?");
  EXPECT_FALSE(rows.next()) << "for ever";
}

TEST(ExposureRows, WaitsForTheRestOfAChunk) {
  ExposureRows rows({});
  rows.feed("pan,exp");
  EXPECT_FALSE(rows.next().value().has_value());
  rows.feed("iry\n" + kPan);
  EXPECT_FALSE(rows.next().value().has_value());
  rows.feed(",2010-03");
  EXPECT_FALSE(rows.next().value().has_value());
  rows.finish();
  EXPECT_TRUE(rows.next().value().has_value());
  EXPECT_FALSE(rows.next().value().has_value());
}

TEST(SensitiveColumn, IsKnownInManySpellings) {
  for (const std::string_view name : {"cvv",
                                      "CVV2",
                                      "card_cvc",
                                      "CVN",
                                      "cid",
                                      "CSC",
                                      "pin",
                                      "Card PIN",
                                      "pin_block",
                                      "track1",
                                      "Track 2",
                                      "track",
                                      "mag-stripe",
                                      "Security Code",
                                      "securityCode",
                                      "セキュリティコード"}) {
    EXPECT_TRUE(is_sensitive_column(name)) << name;
  }
  for (const std::string_view name :
       {"shipping", "incident", "pinnacle", "channel", "tracking_number", "placid", "officer"}) {
    EXPECT_FALSE(is_sensitive_column(name)) << name;
  }
}

}  // namespace
}  // namespace cw::codec
