#include "support/test_pan.hpp"

#include <stdexcept>

namespace cw::test {
namespace {

std::uint64_t count_of_sequences(std::string_view prefix, std::size_t length) {
  if (length < 12 || length > 19 || prefix.size() + 1 >= length) {
    throw std::invalid_argument("a card number has 12 to 19 digits, more than its prefix");
  }
  std::uint64_t count = 1;
  for (std::size_t digit = prefix.size() + 1; digit < length; ++digit) {
    count *= 10;
  }
  return count;
}

}  // namespace

char luhn_digit(std::string_view digits) {
  int sum = 0;
  bool doubled = true;  // The digit left of the check digit is doubled, then every other one.
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    const int digit = digits[i] - '0';
    const int weighted = doubled ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string test_pan(std::uint64_t sequence, std::string_view prefix, std::size_t length) {
  if (sequence >= count_of_sequences(prefix, length)) {
    throw std::invalid_argument("the sequence has more digits than the range leaves");
  }
  const std::string number = std::to_string(sequence);
  std::string pan(prefix);
  pan.append(length - 1 - prefix.size() - number.size(), '0');
  pan += number;
  pan += luhn_digit(pan);
  return pan;
}

std::string with_bad_luhn(std::string_view pan) {
  std::string bad(pan);
  bad.back() = bad.back() == '9' ? '0' : static_cast<char>(bad.back() + 1);
  return bad;
}

TestPans::TestPans(std::uint64_t seed, std::string_view prefix, std::size_t length)
    : random_(seed),
      prefix_(prefix),
      length_(length),
      sequences_(count_of_sequences(prefix, length)) {}

std::string TestPans::next() {
  if (given_.size() == sequences_) {
    throw std::length_error("every card number of the range has been given out");
  }
  // Modulo rather than a std distribution, whose numbers differ between standard libraries.
  while (true) {
    auto [place, is_new] = given_.insert(test_pan(random_() % sequences_, prefix_, length_));
    if (is_new) {
      return *place;
    }
  }
}

}  // namespace cw::test
