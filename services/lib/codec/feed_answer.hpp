#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/issuer_digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::codec {

/// The issuer's answer to a batch (schemas/feed-answer).
struct FeedAnswer {
  /// Rejections listed at most; a receiver that rejects more lists these first.
  static constexpr std::size_t kRejectedMax = 10'000;

  struct Rejection {
    std::uint64_t seq = 0;
    std::string code;  ///< The issuer's, e.g. "UNKNOWN_CARD".
    std::string detail;

    friend bool operator==(const Rejection&, const Rejection&) = default;
  };
  using Digest = IssuerDigest;

  std::uint64_t accepted_through = 0;
  std::uint64_t applied_through = 0;
  std::vector<Rejection> rejected;
  std::optional<Digest> digest;

  friend bool operator==(const FeedAnswer&, const FeedAnswer&) = default;
};

/// Fails with kJsonSyntax, kSchemaViolation or kBodyTooLarge. Unknown members are skipped.
[[nodiscard]] Result<FeedAnswer> decode_feed_answer(std::string_view json);
[[nodiscard]] std::string encode(const FeedAnswer& answer);

}  // namespace cw::codec
