#include "notifier/topic_inputs.hpp"

#include <algorithm>
#include <memory>
#include <set>

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
      return apply_watchlist(records);
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

void TopicInputs::apply_watchlist(std::span<const kafka::RecordView> records) {
  std::set<std::shared_ptr<IssuerFeed>> changed;
  for (const kafka::RecordView& record : records) {
    if (record.tombstone) continue;
    auto feed = parts_.store.apply({.partition = record.partition,
                                    .offset = record.offset,
                                    .timestamp_ms = record.timestamp_ms,
                                    .value = record.value});
    if (feed) {
      changed.insert(std::move(feed).value());
    } else {
      unreadable(Input::kWatchlist, record, feed.error());
    }
  }
  for (const auto& feed : changed) parts_.supervisor.on_entries(feed);
}

/// Only what stood there before we started counts; later records are our own.
void TopicInputs::apply_feed_state(std::span<const kafka::RecordView> records) {
  {
    const std::lock_guard lock{mutex_};
    if (caught_up_[static_cast<std::size_t>(Input::kFeedState)]) return;
  }
  for (const kafka::RecordView& record : records) {
    if (record.tombstone) continue;
    const auto applied = parts_.book.apply(record.value);
    if (!applied) unreadable(Input::kFeedState, record, applied.error());
  }
}

void TopicInputs::caught_up(Input input) {
  {
    const std::lock_guard lock{mutex_};
    caught_up_[static_cast<std::size_t>(input)] = true;
    if (!std::all_of(caught_up_.begin(), caught_up_.end(), [](bool done) { return done; })) return;
  }
  parts_.supervisor.start();
}

void TopicInputs::unreadable(Input input, const kafka::RecordView& record, const Error& error) {
  parts_.probe.unreadable(text(input));
  const auto suppressed = throttle_.admit();
  if (!suppressed) return;
  logger_.alarm("record_unreadable",
                "a record was passed over",
                {{"topic", record.topic},
                 {"partition", record.partition},
                 {"offset", record.offset},
                 {"code", error.code},
                 {"detail", error.detail},
                 {"suppressed", *suppressed}});
}

}  // namespace cw::notifier
