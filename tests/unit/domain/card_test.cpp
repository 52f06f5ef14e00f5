#include "lib/domain/card.hpp"

#include "lib/domain/ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace cw {
namespace {

// 3569990000000009 is of a test range and carries a valid Luhn digit.
constexpr std::string_view kDigits = "3569990000000009";

Errc code_of(std::string_view text) {
  const auto pan = Pan::parse(text);
  EXPECT_FALSE(pan.has_value());
  return pan ? Errc::kInternal : pan.error().code;
}

TEST(Pan, TakesPlainDigits) {
  const auto pan = Pan::parse(kDigits);
  ASSERT_TRUE(pan.has_value());
  EXPECT_TRUE(pan.value().reveal() == kDigits);
  EXPECT_EQ(pan.value().iin(), 35699900U);
}

TEST(Pan, RemovesSpacesAndHyphensAsPeopleWriteThem) {
  for (const std::string_view text : {"3569 9900 0000 0009",
                                      "3569-9900-0000-0009",
                                      " 3569990000000009 ",
                                      "3569\u30009900\u30000000\u30000009",
                                      "3569\uFF0D9900\u22120000\u20100009"}) {
    const auto pan = Pan::parse(text);
    ASSERT_TRUE(pan.has_value());
    EXPECT_TRUE(pan.value().reveal() == kDigits);
  }
}

TEST(Pan, FoldsFullWidthDigits) {
  const auto pan = Pan::parse("３５６９９９０００００００００９");
  ASSERT_TRUE(pan.has_value());
  EXPECT_TRUE(pan.value().reveal() == kDigits);
}

TEST(Pan, RefusesOtherCharacters) {
  EXPECT_EQ(code_of("35699900000O0009"), Errc::kPanCharacters);
  EXPECT_EQ(code_of("3569990000000009\t"), Errc::kPanCharacters);
  EXPECT_EQ(code_of("3569,9900,0000,0009"), Errc::kPanCharacters);
  EXPECT_EQ(code_of("\xEF\xBC"), Errc::kPanCharacters) << "a full-width digit cut short";
  EXPECT_EQ(code_of("356999000000000９x"), Errc::kPanCharacters);
}

TEST(Pan, TakesTwelveToNineteenDigitsOnly) {
  EXPECT_EQ(code_of(""), Errc::kPanLength);
  EXPECT_EQ(code_of("00000000000"), Errc::kPanLength);
  EXPECT_TRUE(Pan::parse("000000000000").has_value());
  EXPECT_TRUE(Pan::parse("0000000000000000000").has_value());
  EXPECT_EQ(code_of("00000000000000000000"), Errc::kPanLength);
  EXPECT_EQ(code_of(std::string(1'000'000, '0')), Errc::kPanLength);
}

TEST(Pan, RefusesEverySingleWrongDigit) {
  for (std::size_t place = 0; place < kDigits.size(); ++place) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string text(kDigits);
      if (text[place] == digit) continue;
      text[place] = digit;
      EXPECT_EQ(code_of(text), Errc::kPanLuhn) << "place " << place;
    }
  }
}

TEST(Pan, ErrorsHoldNoDigit) {
  for (const std::string_view text : {"3569990000000008", "356999", "3569990000000009X"}) {
    const auto pan = Pan::parse(text);
    ASSERT_FALSE(pan.has_value());
    const auto& detail = pan.error().detail;
    EXPECT_TRUE(std::none_of(
        detail.begin(), detail.end(), [](unsigned char c) { return std::isdigit(c) != 0; }));
  }
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

TEST(Pan, CanBeNeitherPrintedNorComparedNorConverted) {
  static_assert(!Printable<Pan>);
  static_assert(!Comparable<Pan>);
  static_assert(!std::is_convertible_v<Pan, std::string>);
  static_assert(!std::is_convertible_v<Pan, std::string_view>);
}

TEST(Pan, IinOfALeadingZeroIsASmallNumber) {
  EXPECT_EQ(Pan::parse("000000000000").value().iin(), 0U);
}

TEST(CardRef, IsThirtyTwoLowerCaseHexadecimalCharacters) {
  const std::string text = "00112233445566778899aabbccddeeff";
  const auto card = CardRef::from_hex(text);
  ASSERT_TRUE(card.has_value());
  EXPECT_EQ(card.value().hex(), text);
  EXPECT_EQ(card.value().bytes[15], 0xFF);
}

TEST(CardRef, RefusesOtherTexts) {
  for (const std::string_view text : {"",
                                      "0011",
                                      "00112233445566778899AABBCCDDEEFF",
                                      "00112233445566778899aabbccddeefg",
                                      "00112233445566778899aabbccddeeff00"}) {
    const auto card = CardRef::from_hex(text);
    ASSERT_FALSE(card.has_value()) << text;
    EXPECT_EQ(card.error().code, Errc::kSchemaViolation);
  }
}

TEST(CardRef, HashesApart) {
  std::unordered_set<CardRef> cards;
  for (std::uint8_t i = 0; i < 100; ++i) {
    CardRef card;
    card.bytes[0] = i;
    cards.insert(card);
  }
  EXPECT_EQ(cards.size(), 100U);
}

TEST(Expiry, ReadsAndWritesYearAndMonth) {
  const auto expiry = Expiry::parse("2010-03");
  ASSERT_TRUE(expiry.has_value());
  EXPECT_EQ(expiry.value().year, 2010);
  EXPECT_EQ(expiry.value().month, 3);
  EXPECT_EQ(expiry.value().text(), "2010-03");
  EXPECT_LT(Expiry::parse("2009-12").value(), expiry.value());
}

TEST(Expiry, RefusesWhatIsNoMonth) {
  for (const std::string_view text : {"",
                                      "2010-00",
                                      "2010-13",
                                      "10-03",
                                      "2010/03",
                                      "2010-3",
                                      "2010-03-01",
                                      "1989-12",
                                      "2100-01",
                                      "201O-03",
                                      "2010-+3"}) {
    const auto expiry = Expiry::parse(text);
    ASSERT_FALSE(expiry.has_value()) << text;
    EXPECT_EQ(expiry.error().code, Errc::kExpiryInvalid);
  }
}

TEST(Ids, TakeLettersDigitsDotUnderscoreHyphen) {
  EXPECT_TRUE(is_id("alico-2009"));
  EXPECT_TRUE(is_id("A._-9"));
  EXPECT_TRUE(is_id(std::string(kIdLengthMax, 'a')));
  EXPECT_FALSE(is_id(""));
  EXPECT_FALSE(is_id(std::string(kIdLengthMax + 1, 'a')));
  EXPECT_FALSE(is_id("a/b"));
  EXPECT_FALSE(is_id("a b"));
  EXPECT_FALSE(is_id("é"));
}

}  // namespace
}  // namespace cw
