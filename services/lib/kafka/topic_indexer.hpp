#pragma once

#include "lib/kafka/rd_client.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cw::kafka {

/// Tells the topic of a message by its place in a list, without touching its name for each
/// message: those of one topic come in runs.
/// THREAD: not safe.
class TopicIndexer {
 public:
  explicit TopicIndexer(std::vector<std::string> topics) : topics_(std::move(topics)) {}

  /// None: no message of these topics. A pointer means a topic only as long as a message pins it:
  /// call forget() between batches.
  [[nodiscard]] std::optional<TopicIndex> index_of(const rd_kafka_topic_t* topic) {
    if (topic != nullptr && topic == last_) return last_index_;
    return look_up(topic);
  }
  void forget() noexcept { last_ = nullptr; }
  /// The view names the topic by this object's strings.
  [[nodiscard]] RecordView view(const rd_kafka_message_t& message,
                                TopicIndex topic) const noexcept {
    return to_view(message, topics_[topic], topic);
  }

 private:
  [[nodiscard]] std::optional<TopicIndex> look_up(const rd_kafka_topic_t* topic) {
    if (topic == nullptr) return {};
    const std::string_view name = rd_kafka_topic_name(topic);
    for (std::size_t at = 0; at < topics_.size(); ++at) {
      if (topics_[at] != name) continue;
      last_ = topic;
      last_index_ = static_cast<TopicIndex>(at);
      return last_index_;
    }
    return {};
  }

  std::vector<std::string> topics_;
  const rd_kafka_topic_t* last_ = nullptr;
  TopicIndex last_index_ = 0;
};

}  // namespace cw::kafka
