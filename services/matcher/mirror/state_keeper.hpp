#pragma once

#include "matcher/mirror/partition_mirror.hpp"
#include "matcher/state/state_image.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace cw::matcher {

struct StateKeeperOptions {
  std::filesystem::path folder = {};  ///< Of this lane alone.
  std::string origin = {};            ///< Whose state it is: topic prefix and group.
  std::uint32_t format = 0;           ///< Of the engine's blobs.
  std::uint32_t rules = 0;            ///< That the engine follows.
  std::chrono::milliseconds save_interval = std::chrono::seconds{10};
};

/// The mirrors of a lane's partitions. Nothing here can harm the matching: what fails is told as
/// an alarm, and the partition goes on without its mirror, from the inputs alone.
/// THREAD: the lane's.
class StateKeeper {
 public:
  explicit StateKeeper(StateKeeperOptions options) : options_(std::move(options)) {}

  /// The number of the inputs' partitions; before the first open().
  void set_partitions(std::int32_t partitions) { partitions_ = partitions; }

  /// Loads what is kept of a partition into an empty state. Empty positions: nothing is; then
  /// `broken` says whether the state is spoilt and a new one must take its place.
  struct Opened {
    StatePositions positions = {};
    bool broken = false;
  };
  [[nodiscard]] Opened open(std::int32_t partition, StateLoader& state);
  /// Empties the mirror: it is of no use for what the group has committed.
  void reset(std::int32_t partition);
  /// Saves if it is time. `positions` are what the committed state is exact at.
  void save_if_due(std::int32_t partition, StateImage& state, const StatePositions& positions);
  /// Saves, waits until it is durable and lets go of the folder.
  void close(std::int32_t partition, StateImage& state, const StatePositions& positions);

 private:
  void tell_found(std::int32_t partition, const PartitionMirror& mirror) const;
  void tell_failure(std::int32_t partition, const char* doing, const Error& why) const;

  StateKeeperOptions options_;
  std::int32_t partitions_ = 0;
  std::map<std::int32_t, std::unique_ptr<PartitionMirror>> mirrors_;
};

}  // namespace cw::matcher
