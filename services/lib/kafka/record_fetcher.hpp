#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/record.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>

namespace cw::kafka {

/// Reads single records by their positions, committed ones only. Neighbours share one fetch; a
/// record that stands alone costs a request to the broker (a few milliseconds).
/// THREAD: one caller at a time; calls block.
class RecordFetcher {
 public:
  /// The record is valid during the call only; its `topic` is the position's.
  using Sink = std::function<void(const RecordView&)>;

  /// Does not contact the broker. Fails with kConfigValue.
  [[nodiscard]] static Result<std::unique_ptr<RecordFetcher>> create(const ClientOptions& client);
  ~RecordFetcher();
  RecordFetcher(const RecordFetcher&) = delete;
  RecordFetcher& operator=(const RecordFetcher&) = delete;

  /// Hands over the record at each position, by partition and offset, each once. Fails with
  /// kNotFound (a position is not there, or no more), kBrokerUnavailable after `wait`, kCancelled,
  /// kKafkaFatal; some records may have been handed over then.
  [[nodiscard]] Status fetch(std::span<const Position> wanted,
                             std::chrono::milliseconds wait,
                             const Sink& sink,
                             const std::stop_token& stop = {});

 private:
  class Impl;
  explicit RecordFetcher(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::kafka
