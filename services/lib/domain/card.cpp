#include "lib/domain/card.hpp"

#include "lib/base/hex.hpp"

#include <algorithm>
#include <cstdio>

namespace cw {
namespace {

constexpr std::size_t kPanDigitsMin = 12;
constexpr std::size_t kPanDigitsMax = 19;
constexpr std::size_t kIinDigits = 8;

/// What people put between the digit groups: space and hyphen, in ASCII and as Japanese text
/// editors and Shift_JIS conversions leave them.
constexpr std::array<std::string_view, 8> kSeparators = {
    " ", "-", "\u3000", "\uFF0D", "\u2010", "\u2011", "\u2012", "\u2212"};

/// Bytes at the start of `text` that separate digit groups; 0 if none.
std::size_t separator(std::string_view text) noexcept {
  for (const auto candidate : kSeparators) {
    if (text.starts_with(candidate)) return candidate.size();
  }
  return 0;
}

/// The digit at the start of `text` and the bytes it takes; {-1, 0} if none stands there.
std::pair<int, std::size_t> leading_digit(std::string_view text) noexcept {
  if (text[0] >= '0' && text[0] <= '9') return {text[0] - '0', 1};
  if (text.size() < 3 || !text.starts_with("\xEF\xBC")) return {-1, 0};
  const int value = static_cast<unsigned char>(text[2]) - 0x90;
  if (value < 0 || value > 9) return {-1, 0};
  return {value, 3};
}

bool luhn_valid(std::string_view digits) noexcept {
  unsigned sum = 0;
  bool doubled = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
    auto value = static_cast<unsigned>(*at - '0');
    if (doubled) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

/// Digits on their way into a Pan, wiped whatever the outcome.
struct DigitBuffer {
  std::array<char, kPanDigitsMax> digits{};
  std::size_t size = 0;

  DigitBuffer() = default;
  DigitBuffer(const DigitBuffer&) = delete;
  DigitBuffer& operator=(const DigitBuffer&) = delete;
  ~DigitBuffer() { wipe(digits.data(), digits.size()); }

  [[nodiscard]] std::string_view view() const noexcept { return {digits.data(), size}; }
};

Status fold(std::string_view text, DigitBuffer& out) {
  while (!text.empty()) {
    if (const auto width = separator(text); width > 0) {
      text.remove_prefix(width);
      continue;
    }
    const auto [digit, width] = leading_digit(text);
    if (digit < 0) return Error{Errc::kPanCharacters, "a character is neither digit nor separator"};
    if (out.size == out.digits.size()) return Error{Errc::kPanLength, "too many digits"};
    out.digits[out.size++] = static_cast<char>('0' + digit);
    text.remove_prefix(width);
  }
  return Ok{};
}

}  // namespace

Result<Pan> Pan::parse(std::string_view text) {
  DigitBuffer buffer;
  if (auto folded = fold(text, buffer); !folded) return std::move(folded).error();
  if (buffer.size < kPanDigitsMin) return Error{Errc::kPanLength, "too few digits"};
  if (!luhn_valid(buffer.view())) return Error{Errc::kPanLuhn, "the check digit does not fit"};
  return Pan{Sensitive{buffer.view()}};
}

Iin Pan::iin() const noexcept {
  Iin value = 0;
  for (const char digit : reveal().substr(0, kIinDigits)) {
    value = value * 10 + static_cast<Iin>(digit - '0');
  }
  return value;
}

std::string CardRef::hex() const {
  return to_hex(bytes);
}

Result<CardRef> CardRef::from_hex(std::string_view text) {
  CardRef card;
  const bool lower =
      std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  if (!lower || !cw::from_hex(text, card.bytes)) {
    return Error{Errc::kSchemaViolation,
                 "a card reference is 32 lower-case hexadecimal characters"};
  }
  return card;
}

Result<Expiry> Expiry::parse(std::string_view text) {
  const Error invalid{Errc::kExpiryInvalid, "not YYYY-MM with a real month"};
  if (text.size() != 7 || text[4] != '-') return invalid;
  const auto number = [text](std::size_t at, std::size_t width) {
    int value = 0;
    for (std::size_t i = at; i < at + width; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  if (year < 1990 || year > 2099 || month < 1 || month > 12) return invalid;
  return Expiry{static_cast<std::uint16_t>(year), static_cast<std::uint8_t>(month)};
}

std::string Expiry::text() const {
  std::array<char, 16> buffer{};
  const int size = std::snprintf(buffer.data(),
                                 buffer.size(),
                                 "%04u-%02u",
                                 static_cast<unsigned>(year),
                                 static_cast<unsigned>(month));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace cw
