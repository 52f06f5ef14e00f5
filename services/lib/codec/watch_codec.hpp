#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/watch.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// Messages of watchlist.v1 (schemas/watch-entry); fails like decode_exposure. A DELT carries
/// issuer and card, and expiry, sealed number and key where the writer knew them (so that the
/// notifier can still name the card to the issuer).
[[nodiscard]] Result<WatchChange> decode_watch(std::string_view json);

[[nodiscard]] std::string encode(const WatchChange& change);
/// Appends, without allocation once `out` has grown. The change's ids must be ids, its days of the
/// years 0 to 9999, as the decoders see to.
void encode_to(std::string& out, const WatchChange& change);

/// The message's Kafka key: "<issuer>/<card as hex>".
[[nodiscard]] std::string watch_key(const IssuerId& issuer, const CardRef& card);

}  // namespace cw::codec
