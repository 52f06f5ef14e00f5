#include "lib/crypto/base64.hpp"

#include "lib/crypto/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace cw::crypto {
namespace {

TEST(Base64, GivesTheKnownAnswersOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_decode("Zm9vYg==", 100), "foob");
}

TEST(Base64, UrlVariantHasItsAlphabetAndNoPadding) {
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64_encode("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_decode("Zm8", 2), "fo");
}

TEST(Base64, EveryLengthComesBack) {
  for (std::size_t size = 0; size < 100; ++size) {
    std::array<std::uint8_t, 100> buffer{};
    random_bytes(buffer);
    const std::string bytes(reinterpret_cast<const char*>(buffer.data()), size);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes), size), bytes);
    EXPECT_EQ(base64_decode(base64_encode(bytes), size), bytes);
  }
}

TEST(Base64, RefusesOtherSpellingsOfTheSameBytes) {
  EXPECT_FALSE(base64url_decode("Zm8=", 10)) << "padding";
  EXPECT_FALSE(base64url_decode("Zm9", 10)) << "stray bits";
  EXPECT_FALSE(base64url_decode("Zm 8", 10)) << "blank";
  EXPECT_FALSE(base64url_decode("Zm+/", 10)) << "the other alphabet";
  EXPECT_FALSE(base64url_decode("Z", 10)) << "a length that no bytes have";
  EXPECT_FALSE(base64_decode("Zm8", 10)) << "padding missing";
  EXPECT_FALSE(base64_decode("Z===", 10));
  EXPECT_FALSE(base64_decode("Zm9v====", 10));
  EXPECT_FALSE(base64_decode("=", 10));
}

TEST(Base64, RefusesMoreThanTheLimit) {
  EXPECT_TRUE(base64url_decode("Zm9v", 3));
  EXPECT_FALSE(base64url_decode("Zm9v", 2));
  EXPECT_FALSE(base64url_decode(std::string(4000, 'A'), 2999));
}

TEST(Base64, IntoBuffersIsTheSame) {
  std::string bytes;
  for (int size = 0; size < 70; ++size) {
    const std::string text = base64url_encode(bytes);
    ASSERT_EQ(base64url_size(bytes.size()), text.size());
    std::string written(text.size(), '?');
    ASSERT_EQ(base64url_encode(bytes, written.data()), written.data() + written.size());
    ASSERT_EQ(written, text);
    std::string read(bytes.size(), '?');
    ASSERT_EQ(base64url_decode(text, std::span<char>{read}), bytes.size());
    ASSERT_EQ(read, bytes);
    if (size > 0) {
      EXPECT_FALSE(base64url_decode(text, std::span<char>{read}.first(bytes.size() - 1)));
    }
    bytes += static_cast<char>(size * 37);
  }
}

}  // namespace
}  // namespace cw::crypto
