#pragma once

#include "lib/kafka/rd_handles.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace cw::kafka {

/// Messages (and partition events, told by their err field) of one poll; destroyed together.
/// They pin librdkafka's fetch buffers: keep a batch only as long as it is worked on.
class MessageBatch {
 public:
  /// Waits up to `wait` for `records_max` messages; callbacks of the client run within it.
  [[nodiscard]] static MessageBatch poll(rd_kafka_queue_t* queue,
                                         std::size_t records_max,
                                         std::chrono::milliseconds wait);
  /// Waits up to `wait` for a first message, and from then on up to `linger` for more: what came
  /// while the last batch was worked on is taken at once.
  [[nodiscard]] static MessageBatch gather(rd_kafka_queue_t* queue,
                                           std::size_t records_max,
                                           std::chrono::milliseconds wait,
                                           std::chrono::milliseconds linger);
  MessageBatch() = default;
  ~MessageBatch() { clear(); }
  MessageBatch(MessageBatch&& other) noexcept : messages_(std::move(other.messages_)) {
    other.messages_.clear();
  }
  MessageBatch& operator=(MessageBatch&& other) noexcept {
    clear();
    messages_.swap(other.messages_);
    return *this;
  }

  [[nodiscard]] std::span<rd_kafka_message_t* const> messages() const noexcept { return messages_; }
  void clear() noexcept {
    for (auto* message : messages_) rd_kafka_message_destroy(message);
    messages_.clear();
  }

 private:
  /// Adds up to `records_max` messages; how many came.
  std::size_t take(rd_kafka_queue_t* queue,
                   std::size_t records_max,
                   std::chrono::milliseconds wait);

  std::vector<rd_kafka_message_t*> messages_;
};

inline std::size_t MessageBatch::take(rd_kafka_queue_t* queue,
                                      std::size_t records_max,
                                      std::chrono::milliseconds wait) {
  const auto held = messages_.size();
  messages_.resize(held + records_max);
  const auto count = rd_kafka_consume_batch_queue(
      queue, static_cast<int>(wait.count()), messages_.data() + held, records_max);
  const auto came = count < 0 ? std::size_t{0} : static_cast<std::size_t>(count);
  messages_.resize(held + came);
  return came;
}

inline MessageBatch MessageBatch::poll(rd_kafka_queue_t* queue,
                                       std::size_t records_max,
                                       std::chrono::milliseconds wait) {
  MessageBatch batch;
  batch.take(queue, records_max, wait);
  return batch;
}

inline MessageBatch MessageBatch::gather(rd_kafka_queue_t* queue,
                                         std::size_t records_max,
                                         std::chrono::milliseconds wait,
                                         std::chrono::milliseconds linger) {
  MessageBatch batch;
  if (batch.take(queue, 1, wait) > 0 && records_max > 1) batch.take(queue, records_max - 1, linger);
  return batch;
}

}  // namespace cw::kafka
