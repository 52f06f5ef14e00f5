#include "lib/config/suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace cw::config {
namespace {

/// Levenshtein distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kWordBytesMax = 100;
  if (word.size() > kWordBytesMax) return {};
  // A third of the letters wrong is another word.
  std::size_t best = word.size() / 3 + 1;
  std::string found;
  for (const std::string& candidate : known) {
    const std::size_t d = distance(word, candidate);
    if (d < best || (d == best && found.empty())) {
      best = d;
      found = candidate;
    }
  }
  return found;
}

}  // namespace cw::config
