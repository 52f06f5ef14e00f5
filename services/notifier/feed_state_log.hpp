#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/http/task.hpp"
#include "lib/kafka/producer.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cw::notifier {

/// Where cursors are kept.
class FeedStateLog {
 public:
  virtual ~FeedStateLog() = default;

  /// Ok once it is safe there. Fails like kafka::Producer.
  [[nodiscard]] virtual http::Task<Status> save(codec::FeedState state) = 0;
  /// The same without waiting, for what only serves to be seen; may be lost.
  virtual void publish(const codec::FeedState& state) = 0;
};

/// feed-state.v1. THREAD: safe.
class KafkaFeedStateLog final : public FeedStateLog {
 public:
  KafkaFeedStateLog(std::shared_ptr<kafka::Producer> producer, std::string topic)
      : producer_(std::move(producer)), topic_(std::move(topic)) {}

  [[nodiscard]] http::Task<Status> save(codec::FeedState state) override;
  void publish(const codec::FeedState& state) override;

 private:
  [[nodiscard]] kafka::OutRecord record(const codec::FeedState& state) const;

  std::shared_ptr<kafka::Producer> producer_;
  std::string topic_;
};

/// feed-state.v1, folded: the newest state of each issuer, read once before the first push.
/// THREAD: safe.
class FeedStateBook {
 public:
  /// Fails like decode_feed_state; the record then has no effect.
  [[nodiscard]] Status apply(std::string_view value);
  [[nodiscard]] std::optional<codec::FeedState> find(const IssuerId& issuer) const;

 private:
  mutable std::mutex mutex_;
  std::map<IssuerId, codec::FeedState> states_;
};

}  // namespace cw::notifier
