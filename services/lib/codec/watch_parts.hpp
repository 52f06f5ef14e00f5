#pragma once

#include "lib/codec/object_reader.hpp"
#include "lib/domain/watch.hpp"

#include <vector>

/// Private to lib/codec: what watchlist messages and feed entries have in common.
namespace cw::codec {

inline constexpr std::size_t kReasonsMax = 1000;

/// One element of "incidents", keys sorted (the feed's entries are canonical), into a buffer with
/// room for reason_bytes_max(). Returns the end.
[[nodiscard]] char* append_reason(char* out, const WatchReason& reason) noexcept;
/// Ids need no escape.
[[nodiscard]] inline std::size_t reason_bytes_max(const WatchReason& reason) noexcept {
  constexpr std::size_t kAround = 320;
  return kAround + reason.file.get().size() + reason.incident.get().size();
}
/// The array "incidents".
[[nodiscard]] std::vector<WatchReason> read_reasons(const ObjectReader& object);
/// "level", which is null for a DELT.
[[nodiscard]] std::optional<WatchLevel> read_level(const ObjectReader& object, FeedOp op);

/// The member must be there and null.
void expect_null(const ObjectReader& object, std::string_view key);

}  // namespace cw::codec
