#pragma once

#include "desk/match_view.hpp"
#include "lib/domain/counts.hpp"

#include <cstdint>
#include <string>

namespace cw::desk {

/// What a figure rests on besides the facts.
struct CountBasis {
  std::uint32_t scope_revision = 0;  ///< In force at known_at; 0 if none.
  std::int64_t control_offset = 0;   ///< Of control.v1, partition 0.
};

/// Counts on one state of the facts and writes the answer as JSON, with everything that names the
/// figure (R21).
[[nodiscard]] std::string count_answer(const MatchView& matches,
                                       const CountQuery& query,
                                       const CountBasis& basis);

/// SHA-256, hex, over the lines of the counted set, each ended by a line feed.
[[nodiscard]] std::string digest_of(const std::vector<std::string>& lines);

}  // namespace cw::desk
