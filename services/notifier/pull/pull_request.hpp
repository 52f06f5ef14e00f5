#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// The issuer that the caller's certificate speaks for: nothing else in a request names one.
/// Fails with kForbidden if the principal has none.
[[nodiscard]] Result<IssuerId> issuer_of(const http::Request& request);

/// GET /v1/feed/entries.
struct EntriesRequest {
  static constexpr std::chrono::seconds kWaitMax{60};

  std::uint64_t after = 0;
  std::optional<std::uint32_t> epoch = {};
  std::optional<std::size_t> limit = {};
  std::chrono::seconds wait{0};
};
/// Fails with kBadRequest: a parameter is unknown, repeated, not a number or out of bounds.
[[nodiscard]] Result<EntriesRequest> entries_request(const http::Params& query);

/// GET /v1/feed/snapshot: the buckets asked for, rising; nothing: all of the feed.
/// Fails with kBadRequest.
[[nodiscard]] Result<std::optional<std::vector<crypto::Bucket>>> snapshot_request(
    const http::Params& query);

/// POST /v1/feed/verify. Fails with kJsonSyntax or kSchemaViolation.
[[nodiscard]] Result<std::string> verify_request(std::string_view body);

/// POST /v1/feed/status.
struct StatusRequest {
  codec::FeedStatus state = codec::FeedStatus::kEnabled;
  std::string reason = {};
};
/// Fails with kJsonSyntax or kSchemaViolation.
[[nodiscard]] Result<StatusRequest> status_request(std::string_view body);

}  // namespace cw::notifier
