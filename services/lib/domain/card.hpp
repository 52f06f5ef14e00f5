#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace cw {

/// The first 8 digits of a card number, as a number: 35699900. Kept beside the card reference so
/// that the issuer can be found without the card number (ranges have up to 8 digits).
using Iin = std::uint32_t;

/// A card number (rules.md R3): 12 to 19 digits with a valid Luhn digit. Cannot be printed,
/// logged, compared or serialised; wiped when destroyed.
class Pan {
 public:
  /// Folds full-width digits (U+FF10..U+FF19) and removes spaces (also U+3000) and hyphens.
  /// Fails with kPanCharacters, kPanLength or kPanLuhn; the detail never holds a digit.
  [[nodiscard]] static Result<Pan> parse(std::string_view text);

  /// The ASCII digits. Only for the keyed reference, the seal and the feed's encrypted body.
  [[nodiscard]] std::string_view reveal() const noexcept { return digits_.reveal(); }
  [[nodiscard]] Iin iin() const noexcept;

 private:
  explicit Pan(Sensitive digits) : digits_(std::move(digits)) {}

  Sensitive digits_;
};

/// HMAC-SHA-256(match key, ASCII digits of the PAN), first 16 bytes; made by lib/crypto.
struct CardRef {
  std::array<std::uint8_t, 16> bytes{};

  /// 32 lower-case hexadecimal characters, the Kafka key of the card's records.
  [[nodiscard]] std::string hex() const;
  /// Fails with kSchemaViolation.
  [[nodiscard]] static Result<CardRef> from_hex(std::string_view text);

  friend auto operator<=>(const CardRef&, const CardRef&) = default;
};

/// Year and month until which a card is valid (R4). Compares in time order.
struct Expiry {
  std::uint16_t year = 0;
  std::uint8_t month = 0;

  /// "2010-03". Fails with kExpiryInvalid unless the month is real and the year 1990 to 2099.
  [[nodiscard]] static Result<Expiry> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const Expiry&, const Expiry&) = default;
};

}  // namespace cw

template <>
struct std::hash<cw::CardRef> {
  /// The reference is uniformly distributed already: its first bytes serve as they are.
  std::size_t operator()(const cw::CardRef& card) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, card.bytes.data(), sizeof value);
    return value;
  }
};
