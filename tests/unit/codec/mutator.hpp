#pragma once

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace cw::codec::test {

/// CARDWATCH_TEST_SEED repeats a run; otherwise a new seed each time.
inline unsigned seed() {
  const char* given = std::getenv("CARDWATCH_TEST_SEED");
  return given == nullptr ? std::random_device{}()
                          : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

/// Small random changes of a document.
class Mutator {
 public:
  explicit Mutator(unsigned number) : random_(number) {}

  [[nodiscard]] std::string mutate(std::string text, const std::string& other) {
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes; ++i) change(text, other);
    return text;
  }
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void change(std::string& text, const std::string& other) {
    constexpr std::string_view kPieces[] = {"null",
                                            "[",
                                            "{",
                                            "}",
                                            "]",
                                            "\"",
                                            ",",
                                            ":",
                                            "-1",
                                            "1e99",
                                            "18446744073709551616",
                                            "\\u0000",
                                            "\\ud800",
                                            "\xff",
                                            "{}",
                                            "[]",
                                            "true",
                                            "\"\"",
                                            "\n",
                                            "\r"};
    const std::size_t at = below(text.size() + 1);
    const std::size_t size = std::min(below(12), text.size() - at);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        return;
      case 1:
        text.erase(at, size);
        return;
      case 2:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        return;
      case 3:
        text.insert(at, text.substr(at, size));
        return;
      case 4:
        text.replace(at, size, kPieces[below(std::size(kPieces))]);
        return;
      default:
        text.replace(at, size, other, below(other.size()), below(40));
    }
  }

  std::mt19937 random_;
};

}  // namespace cw::codec::test
