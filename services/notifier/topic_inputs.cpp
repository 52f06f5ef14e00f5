#include "notifier/topic_inputs.hpp"

#include <set>
#include <vector>

namespace cw::notifier {

std::string_view text(Input input) noexcept {
  switch (input) {
    case Input::kControl:
      return "control";
    case Input::kWatchlist:
      return "watchlist";
    case Input::kFeedState:
      return "feed-state";
  }
  return "unknown";
}

void TopicInputs::apply(Input input, std::span<const kafka::RecordView> records) {
  switch (input) {
    case Input::kControl:
      return apply_control(records);
    case Input::kWatchlist:
      return static_cast<void>(apply_watchlist(records));
    case Input::kFeedState:
      return apply_feed_state(records);
  }
}

void TopicInputs::apply_control(std::span<const kafka::RecordView> records) {
  std::set<IssuerId> changed;
  bool keys = false;
  for (const kafka::RecordView& record : records) {
    if (record.tombstone) continue;
    const auto changes = parts_.control.apply(record.value);
    if (!changes) {
      unreadable(Input::kControl, record, changes.error());
      continue;
    }
    if (changes.value().settings_of) changed.insert(*changes.value().settings_of);
    keys = keys || changes.value().keys;
  }
  for (const IssuerId& issuer : changed) parts_.supervisor.on_settings(issuer);
  if (keys) parts_.supervisor.on_keys();
}

Status TopicInputs::apply_watchlist(std::span<const kafka::RecordView> records) {
  if (records.empty()) return Ok{};
  std::vector<WatchRecord> entries;
  entries.reserve(records.size());
  for (const kafka::RecordView& record : records) {
    if (record.tombstone) continue;
    entries.push_back({.partition = record.partition,
                       .offset = record.offset,
                       .timestamp_ms = record.timestamp_ms,
                       .value = record.value});
  }
  const std::string_view topic = records.front().topic;
  const auto changed =
      parts_.store.apply(entries, [&](const WatchRecord& record, const Error& error) {
        unreadable(Input::kWatchlist, Place{topic, record.partition, record.offset}, error);
      });
  if (!changed) return changed.error();
  for (const auto& feed : changed.value()) parts_.supervisor.on_entries(feed);
  return Ok{};
}

/// Also while deliveries run: an issuer may come to us from another notifier.
void TopicInputs::apply_feed_state(std::span<const kafka::RecordView> records) {
  for (const kafka::RecordView& record : records) {
    if (record.tombstone) continue;
    const auto applied = parts_.book.apply(record.value);
    if (!applied) unreadable(Input::kFeedState, record, applied.error());
  }
}

void TopicInputs::caught_up(Input input) {
  if (input == Input::kWatchlist) {
    for (const std::int32_t partition : parts_.store.partitions()) {
      parts_.supervisor.serve(partition);
    }
    return;
  }
  {
    const std::lock_guard lock{mutex_};
    (input == Input::kControl ? control_known_ : cursors_known_) = true;
    if (!control_known_ || !cursors_known_) return;
  }
  parts_.supervisor.start();
}

void TopicInputs::unreadable(Input input, const Place& place, const Error& error) {
  parts_.probe.unreadable(text(input));
  const auto suppressed = throttle_.admit();
  if (!suppressed) return;
  logger_.alarm("record_unreadable",
                "a record was passed over",
                {{"topic", place.topic},
                 {"partition", place.partition},
                 {"offset", place.offset},
                 {"code", error.code},
                 {"detail", error.detail},
                 {"suppressed", *suppressed}});
}

}  // namespace cw::notifier
