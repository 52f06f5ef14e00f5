#pragma once

#include "cli/output.hpp"
#include "lib/domain/watch.hpp"

#include <string>
#include <vector>

namespace cw::cli {

/// What each issuer watches: entries in all and by level, one row for each issuer.
struct WatchSummary {
  Table table;
  std::string json;
};
[[nodiscard]] WatchSummary watch_summary(const std::vector<WatchEntry>& entries);

/// One row for each entry, by (issuer, card); the card as its reference.
[[nodiscard]] WatchSummary watch_cards(std::vector<WatchEntry> entries);

}  // namespace cw::cli
