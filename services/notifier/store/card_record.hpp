#pragma once

#include "lib/crypto/sha256.hpp"
#include "lib/domain/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// An entry that was superseded after the issuer may have seen it.
struct PastVersion {
  std::uint64_t seq = 0;
  bool removal = false;
  bool kept = false;       ///< Its content still lies on the shelf kPast.
  bool confirmed = false;  ///< Delivered for certain, not only offered.
  std::optional<crypto::Sha256Digest> hash = {};

  friend bool operator==(const PastVersion&, const PastVersion&) = default;
};

/// What the store knows of a card beside the content of its newest entry. Behind the cursor that
/// entry is what the issuer has, unless it was set aside; then, and while it is pending, the issuer
/// has the newest of `past` that the cursor has passed.
struct CardRecord {
  static constexpr std::size_t kPastMax = 4;

  std::uint64_t seq = 0;  ///< Of the newest entry.
  FeedOp op = FeedOp::kAddd;
  bool set_aside = false;
  bool doubtful = false;  ///< It was set aside once, and not delivered since.
  bool nameless = false;  ///< It cannot be opened, so it has no hash and was never sent.
  std::optional<crypto::Sha256Digest> hash = {};
  /// The first byte of SHA-256 of the card's digits. More of it is never kept: an unkeyed hash of
  /// a card number is as good as the number.
  std::optional<std::uint8_t> bucket = {};
  std::vector<PastVersion> past = {};  ///< By rising seq.
  std::string answer = {};             ///< The issuer's newest word on the card; empty: none.
  std::int64_t answered_at = 0;        ///< Milliseconds, Unix time.

  [[nodiscard]] bool on_list() const noexcept { return op != FeedOp::kDelt; }
  /// Its hash can and must still be made.
  [[nodiscard]] bool hash_missing() const noexcept {
    return on_list() && !hash && !nameless && !set_aside;
  }
  /// What the issuer has of a card whose newest entry was set aside; null: nothing.
  [[nodiscard]] const PastVersion* fallback() const noexcept;
  /// The newest of `past` up to `seq`; null: there is none, or it is a removal.
  [[nodiscard]] const PastVersion* past_at(std::uint64_t seq) const noexcept;
  /// What the card counts in the digest, once everything is delivered; null: nothing.
  [[nodiscard]] const crypto::Sha256Digest* counted() const noexcept;

  friend bool operator==(const CardRecord&, const CardRecord&) = default;
};

[[nodiscard]] std::string encode(const CardRecord& record);
/// None if the bytes are no such record.
[[nodiscard]] std::optional<CardRecord> decode_card(std::string_view bytes);

}  // namespace cw::notifier
