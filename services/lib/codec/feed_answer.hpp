#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/issuer_digest.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/answer.hpp"

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
  /// Cards answered at once at most; more go into further answers.
  static constexpr std::size_t kCardsMax = 10'000;

  struct Rejection {
    std::uint64_t seq = 0;
    std::string code;  ///< The issuer's, e.g. "UNKNOWN_CARD".
    std::string detail;

    friend bool operator==(const Rejection&, const Rejection&) = default;
  };
  /// What became of a card at the issuer, by the entry's seq so that no number travels.
  struct Card {
    std::uint64_t seq = 0;
    CardStatus status = CardStatus::kMonitored;
    std::optional<Instant> at = {};

    friend bool operator==(const Card&, const Card&) = default;
  };
  using Digest = IssuerDigest;

  std::uint64_t accepted_through = 0;
  std::uint64_t applied_through = 0;
  std::optional<std::uint32_t> epoch = {};  ///< In which both are; of an answer, not of an ack.
  std::vector<Rejection> rejected;
  std::optional<Digest> digest;
  std::optional<std::string> verification = {};  ///< The state of the verification answered.
  /// To a batch with a digest of the same seq: in which the issuer holds something else.
  std::optional<std::vector<crypto::Bucket>> differing_buckets = {};
  std::vector<Card> cards = {};

  friend bool operator==(const FeedAnswer&, const FeedAnswer&) = default;
};

/// Fails with kJsonSyntax, kSchemaViolation or kBodyTooLarge. Unknown members are skipped.
[[nodiscard]] Result<FeedAnswer> decode_feed_answer(std::string_view json);
[[nodiscard]] std::string encode(const FeedAnswer& answer);

/// The body of POST /v1/feed/ack (schemas/feed-ack): as an answer, but what did not change may be
/// left out. Without accepted_through or applied_through that member of `answer` is 0.
struct FeedAck {
  std::optional<std::uint64_t> accepted_through = {};
  std::optional<std::uint64_t> applied_through = {};
  FeedAnswer answer;
};

/// Fails like decode_feed_answer.
[[nodiscard]] Result<FeedAck> decode_feed_ack(std::string_view json);
[[nodiscard]] std::string encode(const FeedAck& ack);

}  // namespace cw::codec
