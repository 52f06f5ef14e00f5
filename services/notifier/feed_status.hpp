#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/domain/ids.hpp"
#include "notifier/delivery_fsm.hpp"
#include "notifier/issuer_feed.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// An entry that was passed over: refused alone, rejected in an answer, or not sendable.
struct SetAside {
  std::uint64_t seq = 0;
  std::string code = {};
};

/// How a delivery stands, apart from the entries: what one worker knows of itself.
struct DeliveryStatus {
  /// Set aside and rejected entries that are listed, the newest ones; the rest is counted only.
  static constexpr std::size_t kSetAsideListedMax = 100;

  DeliveryPhase phase = DeliveryPhase::kStarting;
  codec::FeedState state = {};  ///< As it would be saved now.
  bool circuit_open = false;
  std::optional<Instant> next_attempt_at = {};  ///< While a pause after a failure lasts.
  std::uint64_t set_aside = 0;                  ///< Since this process started.
  std::uint64_t rejected = 0;                   ///< Since this process started.
  std::deque<SetAside> set_aside_newest = {};
  std::optional<codec::FeedAnswer::Digest> issuer_digest = {};
};

/// One issuer's line of GET /v1/feeds.
struct FeedStatus {
  DeliveryStatus delivery = {};
  FeedFigures figures = {};
  std::uint64_t oldest_undelivered_seconds = 0;
  /// Cards on the list by what the issuer said of them last, e.g. "MONITORED".
  std::map<std::string, std::uint64_t> cards = {};
  /// Whether the issuer holds what we delivered; nothing while that cannot be said: entries are
  /// pending, the issuer has not told since we started, or hashes are still being made.
  std::optional<bool> digest_equal = {};
};

[[nodiscard]] FeedStatus feed_status(DeliveryStatus delivery, FeedFigures figures, Instant now);

/// "enabled", "paused", "disabled", or "held" for an issuer without an endpoint.
[[nodiscard]] std::string_view state_text(const DeliveryStatus& delivery) noexcept;

/// The answer of GET /v1/feeds/{issuer}.
[[nodiscard]] std::string to_json(const FeedStatus& feed);
/// The answer of GET /v1/feeds.
[[nodiscard]] std::string to_json(const std::vector<FeedStatus>& feeds);

}  // namespace cw::notifier
