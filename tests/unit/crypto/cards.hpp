#pragma once

#include "lib/domain/card.hpp"

#include <string>

namespace cw::crypto {

/// A card number of the test range 3569 99, Luhn-valid, for each number up to 10^9.
inline Pan test_pan(unsigned number) {
  std::string digits = "356999" + std::to_string(1'000'000'000U + number).substr(1);
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const unsigned digit = static_cast<unsigned>(digits[i] - '0');
    // The check digit will follow, so the last digit here is doubled.
    const bool doubled = (digits.size() - i) % 2 == 1;
    sum += doubled ? (digit * 2) / 10 + (digit * 2) % 10 : digit;
  }
  digits.push_back(static_cast<char>('0' + (10 - sum % 10) % 10));
  return Pan::parse(digits).value();
}

}  // namespace cw::crypto
