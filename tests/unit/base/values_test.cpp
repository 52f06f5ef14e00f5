#include "lib/base/hex.hpp"
#include "lib/base/quoted.hpp"
#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/base/strong.hpp"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>
#include <unordered_set>

namespace cw {
namespace {

TEST(Hex, RoundTripsAllBytes) {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  const auto text = to_hex(bytes);
  EXPECT_EQ(text.size(), 512U);
  EXPECT_EQ(text.substr(0, 6), "000102");
  std::array<std::uint8_t, 256> back{};
  ASSERT_TRUE(from_hex(text, back));
  EXPECT_EQ(back, bytes);
}

TEST(Hex, TakesBothCasesAndExactLengthOnly) {
  std::array<std::uint8_t, 2> out{};
  EXPECT_TRUE(from_hex("aBCd", out));
  EXPECT_EQ(out, (std::array<std::uint8_t, 2>{0xAB, 0xCD}));
  EXPECT_FALSE(from_hex("abc", out));
  EXPECT_FALSE(from_hex("abcde", out));
  EXPECT_FALSE(from_hex("abcg", out));
  EXPECT_FALSE(from_hex("", out));
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Sensitive, CannotBePrintedOrConverted) {
  static_assert(!Printable<Sensitive>);
  static_assert(!std::is_convertible_v<Sensitive, std::string>);
  static_assert(!std::is_convertible_v<Sensitive, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Sensitive>);
}

TEST(Sensitive, IsWipedWhenMovedFrom) {
  Sensitive source{std::string_view{"3569990000000009"}};
  const auto* bytes = source.reveal().data();
  const Sensitive target{std::move(source)};
  EXPECT_TRUE(target.reveal() == "3569990000000009");
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): that is what is tested.
  EXPECT_EQ(bytes[0], '\0');
}

TEST(Sensitive, AssignmentReplacesAndSelfAssignmentKeeps) {
  Sensitive value{std::string_view{"first"}};
  const Sensitive other{std::string_view{"second"}};
  value = other;
  EXPECT_TRUE(value.reveal() == "second");
  auto& alias = value;
  value = alias;
  EXPECT_TRUE(value.reveal() == "second");
}

TEST(Wipe, OverwritesEveryByte) {
  std::string bytes = "secret";
  wipe(bytes.data(), bytes.size());
  EXPECT_EQ(bytes, std::string(6, '\0'));
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good{7};
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(good.value(), 7);
  const Result<int> bad{Error{Errc::kNotFound, "nothing"}};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::kNotFound);
}

TEST(ResultDeathTest, AskingForTheOtherArmStopsTheProcess) {
  const Result<int> bad{Error{Errc::kNotFound, "nothing"}};
  EXPECT_DEATH(static_cast<void>(bad.value()), "");
}

using Left = Strong<struct LeftTag, std::string>;
using Right = Strong<struct RightTag, std::string>;

TEST(Strong, IdsOfDifferentKindsDoNotMix) {
  static_assert(!std::is_convertible_v<std::string, Left>);
  static_assert(!std::is_convertible_v<Left, std::string>);
  static_assert(!std::is_convertible_v<Left, Right>);
  EXPECT_EQ(Left{"a"}, Left{"a"});
  EXPECT_LT(Left{"a"}, Left{"b"});
  const std::unordered_set<Left> set = {Left{"a"}, Left{"b"}, Left{"a"}};
  EXPECT_EQ(set.size(), 2U);
}

TEST(Quoted, EscapesAsJson) {
  EXPECT_EQ(quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quoted("\n\r\t\x01\x7f"), R"("\n\r\t\u0001\u007f")");
  EXPECT_EQ(quoted("日本"), "\"日本\"");
}

TEST(Quoted, ReplacesWhatIsNotUtf8) {
  for (const std::string_view text :
       {"\x80", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    EXPECT_NE(quoted(text).find("\uFFFD"), std::string::npos);
  }
}

}  // namespace
}  // namespace cw
