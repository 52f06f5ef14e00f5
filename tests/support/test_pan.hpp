#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>

namespace cw::test {

/// The Luhn check digit ('0'..'9') that completes `digits`.
[[nodiscard]] char luhn_digit(std::string_view digits);

/// The same number for the same arguments, another one for each `sequence`: `prefix`, then
/// `sequence` padded with zeroes to `length` - 1 digits, then the Luhn digit. Use prefixes of test
/// ranges only (3569990..., 4000000..., 555555...). Throws std::invalid_argument if it cannot fit.
[[nodiscard]] std::string test_pan(std::uint64_t sequence,
                                   std::string_view prefix = "35699900",
                                   std::size_t length = 16);

/// `pan` with its last digit wrong.
[[nodiscard]] std::string with_bad_luhn(std::string_view pan);

/// Random distinct card numbers of one range, reproducible from the seed. Print the seed in a
/// property test. The next() after the range is used up throws std::length_error.
class TestPans {
 public:
  explicit TestPans(std::uint64_t seed,
                    std::string_view prefix = "35699900",
                    std::size_t length = 16);

  [[nodiscard]] std::string next();
  /// Every number given out, to scan topics and logs for.
  [[nodiscard]] const std::unordered_set<std::string>& given() const { return given_; }

 private:
  std::mt19937_64 random_;
  std::string prefix_;
  std::size_t length_;
  std::uint64_t sequences_;
  std::unordered_set<std::string> given_;
};

}  // namespace cw::test
