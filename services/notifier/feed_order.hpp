#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_state_codec.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cw::notifier {

/// What somebody wants of a feed: an operator through the operator API, or the issuer itself.
struct FeedOrder {
  enum class Kind : std::uint8_t {
    kResume,   ///< -> enabled
    kPause,    ///< -> paused
    kDisable,  ///< -> disabled
    kProbe,    ///< A verification batch now, whatever the circuit or a pause after a failure say.
    kReplay,   ///< The cursor goes back to `after`: everything after it is sent again.
    kRetry,    ///< The cursor goes back before the first entry that was set aside.
  };

  Kind kind = Kind::kPause;
  /// kUs: announced to the issuer before it takes effect (one attempt). kIssuer: it knows.
  codec::FeedSetBy set_by = codec::FeedSetBy::kUs;
  std::string by = {};      ///< The principal.
  std::string reason = {};  ///< May be empty.
  std::uint64_t after = 0;  ///< Of kReplay.
};

[[nodiscard]] constexpr bool changes_state(FeedOrder::Kind kind) noexcept {
  return kind <= FeedOrder::Kind::kDisable;
}

/// The state that such an order leads to.
[[nodiscard]] codec::FeedStatus state_of(FeedOrder::Kind kind) noexcept;

/// Ok if `order` may be carried out on a feed that stands so. Fails with kStateNotYours (an issuer
/// may resume what it paused itself or what its 410 disabled, and change nothing that we paused or
/// disabled), kConflict (a probe of a disabled feed; a replay beyond the cursor).
[[nodiscard]] Status check_order(const FeedOrder& order, const codec::FeedState& state);

}  // namespace cw::notifier
