#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cw {

/// What an issuer says of a card on its list.
enum class CardStatus : std::uint8_t {
  kMonitored,
  kBlocked,
  kReissued,
  kClosed,
  kUnknownCard,  ///< The issuer has no such account.
  kNotOurs,      ///< The number is not of the issuer's ranges.
};

[[nodiscard]] std::string_view text(CardStatus status) noexcept;  ///< "MONITORED" ...
[[nodiscard]] std::optional<CardStatus> card_status_from(std::string_view text) noexcept;

/// True if the exposed number is of no use to anybody any more, so that the card is released (R22).
[[nodiscard]] constexpr bool releases(CardStatus status) noexcept {
  return status == CardStatus::kReissued || status == CardStatus::kClosed;
}

/// An issuer's answer about one of its cards; the message of answers.v1.
struct IssuerAnswer {
  IssuerId issuer;
  CardRef card;
  std::uint64_t seq = 0;  ///< The feed entry that it answers.
  CardStatus status = CardStatus::kMonitored;
  std::optional<Instant> answered_at = {};  ///< As the issuer states it.
  Instant received_at;

  friend bool operator==(const IssuerAnswer&, const IssuerAnswer&) = default;
};

/// Whether `left` stands before `right` for the same card and issuer: the newest stands; of two of
/// the same instant, the one whose status comes last as text, then the greater seq, then the later
/// answered_at. Of two different answers one always stands before the other.
[[nodiscard]] bool stands_before(const IssuerAnswer& left, const IssuerAnswer& right) noexcept;

}  // namespace cw
