#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cw::kafka {

struct GroupMembers {
  std::string state = {};  ///< The broker's word: "Stable", "Empty", "Dead"; empty: no such group.
  std::size_t count = 0;   ///< A static member that ended counts until its session is over.
};

/// Looks at a consumer group from outside, as an auditor: reads only, joins nothing.
/// THREAD: one caller at a time; calls block up to `wait`.
class GroupInspector {
 public:
  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<GroupInspector>> create(const ClientOptions& client,
                                                                      std::string group);
  ~GroupInspector();
  GroupInspector(const GroupInspector&) = delete;
  GroupInspector& operator=(const GroupInspector&) = delete;

  /// What the group has committed for these partitions at one instant: offsets that one
  /// transaction commits show all or none. Waits for transactions that are being committed. In
  /// the order of `partitions`; none committed: offset -1. Fails with kBrokerUnavailable.
  [[nodiscard]] Result<std::vector<Position>> committed(std::span<const TopicPartition> partitions,
                                                        std::chrono::milliseconds wait);
  /// One past the last record of each partition, open transactions included. Fails with
  /// kTopicMissing, kBrokerUnavailable.
  [[nodiscard]] Result<std::vector<Position>> ends(std::span<const TopicPartition> partitions,
                                                   std::chrono::milliseconds wait);
  /// Fails with kBrokerUnavailable.
  [[nodiscard]] Result<GroupMembers> members(std::chrono::milliseconds wait);

 private:
  class Impl;
  explicit GroupInspector(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
