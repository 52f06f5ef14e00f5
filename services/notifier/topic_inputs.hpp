#pragma once

#include "lib/kafka/record.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"
#include "notifier/control_view.hpp"
#include "notifier/feed_probe.hpp"
#include "notifier/feed_state_log.hpp"
#include "notifier/feed_store.hpp"
#include "notifier/feed_supervisor.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

namespace cw::notifier {

enum class Input : std::uint8_t { kControl, kWatchlist, kFeedState };
inline constexpr std::size_t kInputs = 3;

[[nodiscard]] std::string_view text(Input input) noexcept;

/// Folds what the topics bring and wakes the feeds concerned; lets deliveries begin once control
/// and the cursors have been read to their end, and an issuer's when its partition has been. A
/// record that cannot be read is passed over with an alarm: it was checked when it was written, so
/// the cause is a newer writer or a damaged topic. THREAD: safe, one caller at a time for each
/// input.
class TopicInputs {
 public:
  struct Parts {
    ControlView& control;
    FeedStore& store;
    FeedStateBook& book;
    FeedSupervisor& supervisor;
    const FeedProbe& probe;
  };
  explicit TopicInputs(Parts parts) : parts_(parts) {}

  void apply(Input input, std::span<const kafka::RecordView> records);
  /// Of the watchlist, all of one open partition. Fails if the store does; then nothing is lost by
  /// reading them again.
  [[nodiscard]] Status apply_watchlist(std::span<const kafka::RecordView> records);
  /// kWatchlist: every partition that is open in the store.
  void caught_up(Input input);

 private:
  void apply_control(std::span<const kafka::RecordView> records);
  void apply_feed_state(std::span<const kafka::RecordView> records);
  struct Place {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  void unreadable(Input input, const Place& place, const Error& error);
  void unreadable(Input input, const kafka::RecordView& record, const Error& error) {
    unreadable(input, Place{record.topic, record.partition, record.offset}, error);
  }

  Parts parts_;
  const telemetry::Logger logger_{"notifier"};
  telemetry::Throttle throttle_;
  std::mutex mutex_;
  bool control_known_ = false;
  bool cursors_known_ = false;
};

}  // namespace cw::notifier
