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
  std::vector<rd_kafka_message_t*> messages_;
};

inline MessageBatch MessageBatch::poll(rd_kafka_queue_t* queue,
                                       std::size_t records_max,
                                       std::chrono::milliseconds wait) {
  MessageBatch batch;
  batch.messages_.resize(records_max);
  const auto count = rd_kafka_consume_batch_queue(
      queue, static_cast<int>(wait.count()), batch.messages_.data(), records_max);
  batch.messages_.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return batch;
}

}  // namespace cw::kafka
