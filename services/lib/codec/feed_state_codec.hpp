#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/issuer_digest.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::codec {

enum class FeedStatus : std::uint8_t { kEnabled, kPaused, kDisabled };

[[nodiscard]] std::string_view text(FeedStatus status) noexcept;  ///< "enabled" ...
[[nodiscard]] std::optional<FeedStatus> feed_status_from(std::string_view text) noexcept;

/// Whose word it is that a feed is paused or disabled.
enum class FeedSetBy : std::uint8_t { kUs, kIssuer, kAnswer410 };

[[nodiscard]] std::string_view text(FeedSetBy set_by) noexcept;  ///< "us", "issuer", "answer_410"
[[nodiscard]] std::optional<FeedSetBy> feed_set_by_from(std::string_view text) noexcept;

/// Where an issuer's feed stands; the message of feed-state.v1 (schemas/feed-state).
struct FeedState {
  IssuerId issuer;
  std::uint32_t epoch = 1;
  std::uint64_t through = 0;           ///< Sent.
  std::uint64_t accepted_through = 0;  ///< Stored by the issuer.
  std::uint64_t applied_through = 0;   ///< In force at the issuer.
  FeedStatus state = FeedStatus::kEnabled;
  /// Nothing: enabled, or paused by trouble of ours, which is looked at again after a restart.
  std::optional<FeedSetBy> set_by = {};
  std::optional<std::string> by = {};      ///< The principal who said so.
  std::optional<std::string> reason = {};  ///< What that one gave as the reason.
  std::uint64_t rewinds = 0;               ///< Times that the cursor was put back.
  std::uint32_t failures = 0;              ///< In a row.
  std::optional<std::string> last_error;
  /// What the issuer last said that it holds, so that it is known after a restart too.
  std::optional<IssuerDigest> issuer_digest = {};
  Instant updated_at;

  friend bool operator==(const FeedState&, const FeedState&) = default;
};

/// Fails like decode_exposure.
[[nodiscard]] Result<FeedState> decode_feed_state(std::string_view json);
[[nodiscard]] std::string encode(const FeedState& state);
void encode_to(std::string& out, const FeedState& state);

}  // namespace cw::codec
