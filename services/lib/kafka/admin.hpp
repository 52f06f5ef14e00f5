#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cw::kafka {

struct TopicSpec {
  std::string name = {};
  std::int32_t partitions = 1;
  std::int16_t replication = 1;
  std::map<std::string, std::string> config = {};  ///< e.g. {"cleanup.policy", "compact"}.
};

struct TopicOutcome {
  std::string name = {};
  bool created = false;  ///< false: it was there already.
};

struct TopicInfo {
  std::string name = {};
  std::int32_t partitions = 0;
  std::int16_t replication = 0;
};

/// Looks after topics. THREAD: one caller at a time; calls block up to `wait`.
class Admin {
 public:
  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<Admin>> create(const ClientOptions& client);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// Creates what is missing, leaves what is there, and waits until all is known. Fails with
  /// kConflict, naming the topic, if one is there with another number of partitions; with
  /// kBrokerUnavailable or kConfigValue.
  [[nodiscard]] Result<std::vector<TopicOutcome>> create_topics(std::span<const TopicSpec> specs,
                                                                std::chrono::milliseconds wait);
  /// All topics but Kafka's own. Fails with kBrokerUnavailable.
  [[nodiscard]] Result<std::vector<TopicInfo>> list_topics(std::chrono::milliseconds wait);
  /// The effective settings of a topic. Fails with kTopicMissing, kBrokerUnavailable.
  [[nodiscard]] Result<std::map<std::string, std::string>> describe_config(
      const std::string& topic, std::chrono::milliseconds wait);
  /// Number of partitions. Fails with kTopicMissing, kBrokerUnavailable.
  [[nodiscard]] Result<std::int32_t> partition_count(const std::string& topic,
                                                     std::chrono::milliseconds wait);
  /// Offsets one past the last record of each partition. Fails as partition_count().
  [[nodiscard]] Result<std::vector<Position>> end_offsets(const std::string& topic,
                                                          std::chrono::milliseconds wait);
  /// What a group has committed for a topic's partitions, as GroupInspector::committed() says it.
  [[nodiscard]] Result<std::vector<Position>> committed(const std::string& group,
                                                        const std::string& topic,
                                                        std::chrono::milliseconds wait);

 private:
  class Impl;
  explicit Admin(std::unique_ptr<Impl> impl);
  [[nodiscard]] Status check_counts(std::span<const TopicSpec> specs,
                                    const std::vector<TopicOutcome>& outcomes,
                                    std::chrono::milliseconds wait);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
