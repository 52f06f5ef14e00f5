#pragma once

#include "cli/output.hpp"
#include "cli/verify/partition_verifier.hpp"
#include "cli/verify/repair.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cw::cli {

/// What became of the differences.
enum class RepairState : std::uint8_t { kNotAsked, kDryRun, kWritten };

/// All that `cardwatch verify` says in the end.
struct VerifyReport {
  std::vector<PartitionOutcome> partitions = {};  ///< Their repairs may have been dropped.
  RepairState repair_state = RepairState::kNotAsked;
  RepairCounts repair = {};  ///< Written, or in a dry run what would be.

  [[nodiscard]] std::uint64_t differences() const noexcept;
  [[nodiscard]] std::uint64_t left_out() const noexcept;
};

/// One line a partition.
[[nodiscard]] Table partitions_table(const VerifyReport& report);
/// One line a finding.
[[nodiscard]] Table findings_table(const VerifyReport& report);
/// The lines under the tables.
[[nodiscard]] std::string summary_text(const VerifyReport& report);
[[nodiscard]] std::string verify_json(const VerifyReport& report);

}  // namespace cw::cli
