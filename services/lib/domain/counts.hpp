#pragma once

#include "lib/domain/count_query.hpp"
#include "lib/domain/fact_book.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cw {

struct CountResult {
  std::uint64_t figure = 0;
  std::vector<CountRow> rows;  ///< Sorted by key; they sum to `figure`. Empty without breakdown.
};

/// Counts over the facts that stand at `query.known_at`. Exact. Pure. One pass over the rows
/// reported in the window, without a text being looked at.
[[nodiscard]] CountResult count(const FactBook& facts, const CountQuery& query);

/// The distinct set that count() counts, one canonical line each, sorted bytewise: what R21's
/// digest is over. A line is "report <issuer> <report id>", "card <card_ref>" or "member <issuer>
/// <member reference>", control characters and % of the reference as %xx. Makes a text for each
/// element, so it is for a figure that is to be proved, not for each count.
[[nodiscard]] std::vector<std::string> counted_set(const FactBook& facts, const CountQuery& query);

}  // namespace cw
