#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cw::cli {

/// Records of one partition, from an offset up to but without another.
struct TopicRange {
  kafka::TopicPartition where = {};
  std::int64_t from = 0;
  std::int64_t to = 0;

  [[nodiscard]] bool empty() const noexcept { return to <= from; }
};

struct RangeReader {
  kafka::ClientOptions client = {};
  /// Longest time without any progress; an open transaction holds readers up for so long.
  std::chrono::milliseconds patience = std::chrono::minutes{2};
  /// Committed records, in the order of each partition. THREAD: the reader's own.
  std::function<void(const kafka::RecordView&)> on_record = {};
  /// Offsets gone through and all of them, now and then. THREAD: the caller's.
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress = {};
};

/// Reads the ranges to their ends, whether these are records or marks of transactions. All must
/// be of the same partitions: each topic has a range in each partition that any of them has.
/// Fails with kBrokerUnavailable when there was no progress, and as kafka::TailReader.
[[nodiscard]] Status read_ranges(const std::vector<TopicRange>& ranges, const RangeReader& reader);

}  // namespace cw::cli
