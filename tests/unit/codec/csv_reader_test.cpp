#include "lib/codec/csv_reader.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cw::codec {
namespace {

struct Read {
  std::uint64_t line = 0;
  std::vector<std::string> fields;  ///< The code's name alone for a refused row.

  friend bool operator==(const Read&, const Read&) = default;
};

void PrintTo(const Read& read, std::ostream* out) {
  *out << read.line << ':';
  for (const auto& field : read.fields) *out << '[' << field << ']';
}

void take(CsvReader& reader, std::vector<Read>& rows) {
  CsvRow row;
  while (reader.next(row)) {
    Read read{row.line(), {}};
    if (row.error()) read.fields.emplace_back(name(row.error()->code));
    for (std::size_t i = 0; i < row.size(); ++i) read.fields.emplace_back(row[i]);
    rows.push_back(std::move(read));
  }
}

std::vector<Read> read_all(std::string_view text,
                           CsvReader::Limits limits = {},
                           std::size_t chunk = 1 << 20) {
  CsvReader reader(limits);
  std::vector<Read> rows;
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
    take(reader, rows);
  }
  reader.finish();
  take(reader, rows);
  EXPECT_TRUE(reader.at_end());
  return rows;
}

TEST(CsvReader, ReadsPlainQuotedAndEmptyFields) {
  EXPECT_EQ(
      read_all("a,b,c\n1,\"x, \"\"y\"\"\",\n,,\n"),
      (std::vector<Read>{{1, {"a", "b", "c"}}, {2, {"1", "x, \"y\"", ""}}, {3, {"", "", ""}}}));
}

TEST(CsvReader, TakesCrlfAByteOrderMarkBlankLinesAndALastLineWithoutBreak) {
  EXPECT_EQ(read_all("\xef\xbb\xbf"
                     "a,b\r\n\r\n\n1,\"2\"\r\n3,4"),
            (std::vector<Read>{{1, {"a", "b"}}, {4, {"1", "2"}}, {5, {"3", "4"}}}));
}

TEST(CsvReader, LineNumbersCountBreaksInsideQuotes) {
  EXPECT_EQ(read_all("a\n\"x\ny\r\nz\"\nlast\n"),
            (std::vector<Read>{{1, {"a"}}, {2, {"x\ny\r\nz"}}, {5, {"last"}}}));
}

TEST(CsvReader, AnUnclosedQuoteCostsOneRowNotTheFile) {
  EXPECT_EQ(
      read_all("a,b\n1,\"oops\n2,x\n3,y\n"),
      (std::vector<Read>{{1, {"a", "b"}}, {2, {"CSV_SYNTAX"}}, {3, {"2", "x"}}, {4, {"3", "y"}}}));
}

TEST(CsvReader, AnUnclosedQuoteNeverHoldsMoreThanOneFieldsLimit) {
  CsvReader reader(CsvReader::Limits{.field_bytes_max = 100});
  CsvRow row;
  reader.feed("1,\"" + std::string(101, 'x'));
  ASSERT_TRUE(reader.next(row)) << "refused as soon as the limit is passed";
  ASSERT_TRUE(row.error());
  EXPECT_EQ(row.error()->code, Errc::kCsvSyntax);
  for (int i = 0; i < 1000; ++i) {
    reader.feed(std::string(1000, 'y'));
    EXPECT_FALSE(reader.next(row));
    EXPECT_EQ(reader.buffered_bytes(), 0U);
  }
  reader.feed("\n2,z\n");
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.line(), 2U);
  EXPECT_EQ(row[1], "z");
}

TEST(CsvReader, RefusesStrayQuotes) {
  EXPECT_EQ(read_all("a\"b,c\n\"a\"b,c\nok,ok\n"),
            (std::vector<Read>{{1, {"CSV_SYNTAX"}}, {2, {"CSV_SYNTAX"}}, {3, {"ok", "ok"}}}));
}

TEST(CsvReader, HoldsItsLimits) {
  const CsvReader::Limits limits{.field_bytes_max = 4, .row_bytes_max = 8, .columns_max = 3};
  EXPECT_EQ(read_all("12345,a\n1,2,3,4\n1234,1234,1234\n1234,123,1\n", limits),
            (std::vector<Read>{{1, {"FIELD_TOO_LONG"}},
                               {2, {"LIMIT_REACHED"}},
                               {3, {"LIMIT_REACHED"}},
                               {4, {"1234", "123", "1"}}}));
}

TEST(CsvReader, RefusesRowsThatAreNotUtf8) {
  EXPECT_EQ(read_all("a\n\xff\n\xc0\xaf\n\xed\xa0\x80\n\xe3\x83\x94\n\xe3\x83\n"),
            (std::vector<Read>{{1, {"a"}},
                               {2, {"ENCODING"}},
                               {3, {"ENCODING"}},
                               {4, {"ENCODING"}},
                               {5, {"ピ"}},
                               {6, {"ENCODING"}}}));
}

TEST(CsvReader, AnEmptyFileHasNoRows) {
  EXPECT_TRUE(read_all("").empty());
  EXPECT_TRUE(read_all("\n\r\n").empty());
  EXPECT_TRUE(read_all("\xef\xbb\xbf").empty());
}

// Goal: where the chunks are cut makes no difference. Method: random texts of the characters that
// matter, read whole and in pieces of every small size.
TEST(CsvReader, ChunksMakeNoDifference) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view kCharacters = "ab,,\"\"\n\n\r\xe3\x83\x94 1";
  const CsvReader::Limits limits{.field_bytes_max = 12, .row_bytes_max = 20, .columns_max = 4};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const std::size_t size = random() % 60;
    while (text.size() < size) text += kCharacters[random() % kCharacters.size()];
    const auto whole = read_all(text, limits);
    for (const std::size_t chunk : {1U, 2U, 3U, 7U}) {
      ASSERT_EQ(read_all(text, limits, chunk), whole) << testing::PrintToString(text);
    }
  }
}

}  // namespace
}  // namespace cw::codec
