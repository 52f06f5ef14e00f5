#pragma once

#include "cli/verify/comparison.hpp"
#include "cli/verify/emitted_outputs.hpp"
#include "cli/verify/partition_inputs.hpp"
#include "cli/verify/repair.hpp"
#include "cli/verify/verify_place.hpp"
#include "lib/kafka/group_inspector.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace cw::cli {

inline constexpr std::array<std::string_view, 4> kInputTopics{
    "exposures.v1", "reports.v1", "control.v1", "answers.v1"};
/// Offsets of one partition number in these topics, in this order.
using InputOffsets = std::array<std::int64_t, kInputTopics.size()>;

struct VerifyOptions {
  ComparisonOptions comparison = {};
  /// Longest time without progress, and for which a busy matcher is waited for.
  std::chrono::milliseconds patience = std::chrono::minutes{2};
  std::function<void(std::int32_t partition, std::uint64_t done, std::uint64_t total)> on_progress =
      {};
};

/// What was found in one partition.
struct PartitionOutcome {
  std::int32_t partition = 0;
  InputOffsets committed{};  ///< By the group: the inputs before them were compared.
  InputOffsets ends{};       ///< On the broker then.
  std::int64_t matches_end = 0;
  std::uint64_t left_out = 0;  ///< Cards whose inputs the matcher went on with meanwhile.
  PartitionInputs::Counts inputs = {};
  EmittedOutputs::Counts outputs = {};
  std::vector<std::string> unreadable_at = {};
  std::vector<std::string> repeated_at = {};
  ComparisonResult comparison = {};
};

/// Recomputes partitions from their inputs and compares with what was emitted. Memory: one
/// partition's inputs and outputs. THREAD: one caller.
class PartitionVerifier {
 public:
  /// Fails with kConfigValue, kTopicMissing, kBrokerUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<PartitionVerifier>> open(VerifyPlace place,
                                                                       VerifyOptions options);

  /// Of matches.v1, and so of the inputs.
  [[nodiscard]] std::int32_t partitions() const noexcept { return partitions_; }
  /// Where the repair of a partition goes.
  [[nodiscard]] RepairPlace repair_place(std::int32_t partition) const;
  /// Fails with kNotFound when the group has committed nothing and yet there are outputs, with
  /// kUnavailable when control records come so fast that there is no quiet moment, and as
  /// read_ranges().
  [[nodiscard]] Result<PartitionOutcome> verify(std::int32_t partition);
  /// Processes of the group. Fails with kBrokerUnavailable.
  [[nodiscard]] Result<kafka::GroupMembers> members();

 private:
  struct Reading;

  PartitionVerifier(VerifyPlace place, VerifyOptions options)
      : place_(std::move(place)), options_(std::move(options)) {}
  [[nodiscard]] Status count_partitions();
  [[nodiscard]] Result<InputOffsets> committed(std::int32_t partition);
  [[nodiscard]] Result<InputOffsets> input_ends(std::int32_t partition);
  [[nodiscard]] Status find_output_ends(Reading& reading);
  [[nodiscard]] Status read(Reading& reading);
  [[nodiscard]] Status read_moved(Reading& reading, const InputOffsets& now);
  [[nodiscard]] PartitionOutcome compare(Reading& reading) const;

  VerifyPlace place_;
  VerifyOptions options_;
  std::unique_ptr<kafka::GroupInspector> inspector_;
  std::int32_t partitions_ = 0;
  std::int32_t watchlist_partitions_ = 0;
};

}  // namespace cw::cli
