#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::kafka {

/// The partition is chosen from the key (murmur2, as Java clients do).
inline constexpr std::int32_t kPartitionAuto = -1;

struct Header {
  std::string name = {};
  std::string value = {};
};

/// A record to write. Owns its bytes.
struct OutRecord {
  std::string topic = {};
  std::string key = {};
  std::string value = {};
  std::int32_t partition = kPartitionAuto;
  std::vector<Header> headers = {};
};

/// A topic among those that a client was told to read or write: its place in that list.
using TopicIndex = std::uint16_t;

/// A record that was read. Points into librdkafka's buffers: valid only during the call that
/// hands it over; copy what must live longer.
struct RecordView {
  std::string_view topic = {};
  TopicIndex topic_index = 0;  ///< The same as `topic`: its place in the reader's list of topics.
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  ///< The broker's or producer's clock, Unix time; -1 if none.
  std::string_view key = {};
  std::string_view value = {};
  bool tombstone = false;  ///< No value at all (differs from an empty one).
};

struct TopicPartition {
  std::string topic = {};
  std::int32_t partition = 0;

  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
};

/// The offset of the next record to read in a partition.
struct Position {
  TopicPartition where = {};
  std::int64_t offset = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

/// The partition that a record with this key goes to; the same as Java's default partitioner and
/// librdkafka's murmur2_random. `partitions` must be positive.
[[nodiscard]] std::int32_t partition_of(std::string_view key, std::int32_t partitions) noexcept;

}  // namespace cw::kafka
