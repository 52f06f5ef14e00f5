#pragma once

#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/domain/watch.hpp"

#include <vector>

/// Private to lib/codec: what watchlist messages and feed entries have in common.
namespace cw::codec {

inline constexpr std::size_t kReasonsMax = 1000;

/// One element of "incidents", keys sorted (the feed's entries are canonical).
void write_reason(JsonWriter& writer, const WatchReason& reason);
/// The array "incidents".
[[nodiscard]] std::vector<WatchReason> read_reasons(const ObjectReader& object);
/// "level", which is null for a DELT.
[[nodiscard]] std::optional<WatchLevel> read_level(const ObjectReader& object, FeedOp op);

/// The member must be there and null.
void expect_null(const ObjectReader& object, std::string_view key);

}  // namespace cw::codec
