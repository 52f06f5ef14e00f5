#pragma once

#include "lib/domain/card.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::notifier {

/// Number of an issuer within one store; its keys begin with it.
using FeedNumber = std::uint32_t;

/// Where things lie in the store of a partition. Numbers in keys are big-endian, so that keys are
/// in the order of seq.
enum class Shelf : char {
  kMeta = 'm',      ///< What the store holds; one key.
  kOffset = 'o',    ///< Where reading the partition goes on; one key.
  kIssuer = 'i',    ///< By the issuer's id: an IssuerRecord.
  kCard = 'c',      ///< By card: a CardRecord.
  kEntry = 's',     ///< By seq: the newest entry of each card.
  kPast = 'p',      ///< By seq: what was superseded after the issuer may have seen it.
  kBucket = 'b',    ///< By bucket and card: cards whose bucket is known.
  kDigest = 'g',    ///< By bucket: its digest.
  kSetAside = 'a',  ///< By seq: the code of an entry that was given up.
};

[[nodiscard]] std::string key(Shelf shelf);
[[nodiscard]] std::string key(Shelf shelf, std::string_view text);
[[nodiscard]] std::string key(Shelf shelf, FeedNumber feed, std::uint64_t seq);
[[nodiscard]] std::string key(Shelf shelf, FeedNumber feed, const CardRef& card);
[[nodiscard]] std::string key(Shelf shelf, FeedNumber feed, std::uint8_t bucket);
[[nodiscard]] std::string key(Shelf shelf,
                              FeedNumber feed,
                              std::uint8_t bucket,
                              const CardRef& card);
/// The first key after all of this shelf of this feed.
[[nodiscard]] std::string end_key(Shelf shelf, FeedNumber feed);

/// The last part of a key; nothing if it is too short for one.
[[nodiscard]] std::optional<std::uint64_t> seq_of(std::string_view key) noexcept;
[[nodiscard]] std::optional<CardRef> card_of(std::string_view key) noexcept;
[[nodiscard]] std::optional<std::uint8_t> bucket_of_key(std::string_view key) noexcept;

}  // namespace cw::notifier
