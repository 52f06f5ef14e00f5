#pragma once

#include "lib/domain/derive.hpp"
#include "lib/kafka/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cw::cli {

/// Where the repair of one partition goes.
struct RepairPlace {
  std::string matches = {};  ///< Real topic names.
  std::string watchlist = {};
  std::int32_t partition = 0;             ///< Of matches.v1.
  std::int32_t watchlist_partitions = 1;  ///< Entries go to murmur2(issuer) % this.
};

struct RepairCounts {
  std::uint64_t facts = 0;
  std::uint64_t retractions = 0;
  std::uint64_t watch_changes = 0;

  [[nodiscard]] std::uint64_t all() const noexcept { return facts + retractions + watch_changes; }
};

[[nodiscard]] RepairCounts count_repairs(std::span<const CardDifference> repairs);

/// The records that make readers hold what the inputs give: for one transaction.
[[nodiscard]] std::vector<kafka::OutRecord> repair_records(std::span<const CardDifference> repairs,
                                                           const RepairPlace& place);

}  // namespace cw::cli
