#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_state_codec.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cw::notifier {

/// Whether a feed may deliver, and on whose word not.
struct FeedStanding {
  codec::FeedStatus state = codec::FeedStatus::kEnabled;
  std::optional<codec::FeedSetBy> set_by = {};  ///< Nothing: never changed by anyone.
  std::string by = {};                          ///< The principal; empty after a 410.
  std::string reason = {};

  friend bool operator==(const FeedStanding&, const FeedStanding&) = default;
};

/// What somebody wants of a feed: an operator through the operator API, or the issuer itself.
struct FeedOrder {
  enum class Kind : std::uint8_t {
    kResume,   ///< -> enabled
    kPause,    ///< -> paused
    kDisable,  ///< -> disabled
    kProbe,    ///< A verification batch now, whatever the circuit or a pause after a failure say.
    kReplay,   ///< The cursor goes back to `after`: everything after it is sent again.
  };

  Kind kind = Kind::kPause;
  /// kUs: announced to the issuer before it takes effect (one attempt). kIssuer: it knows.
  codec::FeedSetBy set_by = codec::FeedSetBy::kUs;
  std::string by = {};      ///< The principal.
  std::string reason = {};  ///< May be empty.
  std::uint64_t after = 0;  ///< Of kReplay.

  friend bool operator==(const FeedOrder&, const FeedOrder&) = default;
};

[[nodiscard]] constexpr bool changes_state(FeedOrder::Kind kind) noexcept {
  return kind <= FeedOrder::Kind::kDisable;
}

/// What a feed stands like after an order that changes its state.
[[nodiscard]] FeedStanding standing_after(const FeedOrder& order);

/// Ok if `order` may be carried out on a feed that stands so. Fails with kStateNotYours (an issuer
/// may resume what it paused itself or what its 410 disabled, and change nothing that we paused or
/// disabled) or kConflict (nothing is sent to a disabled feed).
[[nodiscard]] Status check_order(const FeedOrder& order, const FeedStanding& standing);

}  // namespace cw::notifier
