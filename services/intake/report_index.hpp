#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cw::intake {

/// Where a record lies in a topic.
struct Place {
  std::int32_t partition = 0;
  std::int64_t offset = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

/// A record of a report, known by hashes. Different reports may have one `report` hash.
struct IndexEntry {
  std::uint64_t report = 0;
  std::uint64_t card = 0;
  Place place;
};

/// Every report record of a topic by the hash of its report: 24 bytes a record, between 32 and 48
/// with the room to grow. THREAD: not safe.
class ReportIndex {
 public:
  /// Records of one report beyond this are refused: each is compared with the ones before it.
  static constexpr std::size_t kRecordsPerReportMax = 10'000;
  static constexpr std::int32_t kPartitionsMax = 65'535;

  explicit ReportIndex(std::size_t bytes_max);

  enum class Added : std::uint8_t {
    kAlone,    ///< All records of the report have this card.
    kMoved,    ///< They have several.
    kRefused,  ///< There is no room. Nothing was added.
  };
  [[nodiscard]] Added add(const IndexEntry& entry);

  /// Where the records of a report lie, in no order.
  [[nodiscard]] std::vector<Place> places(std::uint64_t report) const;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return slots_ * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t report = 0;
    std::uint64_t card = 0;
    std::uint64_t place = kEmpty;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  static constexpr std::size_t kShards = 256;
  using Slots = std::vector<Slot>;
  /// Small tables that grow one at a time: growing needs little more memory than it leaves.
  struct Shard {
    Slots slots;
    std::size_t used = 0;
  };

  [[nodiscard]] static std::size_t home_of(std::uint64_t report, std::size_t slots) noexcept;
  [[nodiscard]] static std::size_t next(std::size_t slot, std::size_t slots) noexcept {
    return slot + 1 == slots ? 0 : slot + 1;
  }
  static void put(Slots& slots, const Slot& entry) noexcept;
  [[nodiscard]] bool grow(Shard& shard);

  std::size_t slots_max_;
  std::size_t slots_ = 0;
  std::size_t size_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace cw::intake
