#pragma once

#include "lib/domain/count_query.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cw {

/// More rows than this a published figure cannot have.
inline constexpr std::size_t kFigureRowsMax = 5'000;

/// A published figure: what was counted, how, from what, and what came out (R21). Never changes;
/// publishing again makes another one.
struct Figure {
  std::uint32_t number = 0;          ///< From 1, rising per incident.
  CountQuery definition;             ///< Its known_at is set.
  std::uint32_t scope_revision = 0;  ///< In force at known_at; 0 if none.

  std::uint64_t figure = 0;
  std::vector<CountRow> rows;
  std::string digest;  ///< SHA-256 over the lines of counted_set(), hex.

  /// What the facts rested on: partition -> next offset of matches.v1. The facts themselves carry
  /// no offsets of the inputs that they follow from.
  std::map<std::int32_t, std::int64_t> match_offsets;
  std::int64_t control_offset = 0;  ///< Of control.v1, partition 0.
  bool provisional = false;         ///< Some issuer had not been heard from since the as-of day.

  Instant published_at;
  Principal by;
};

}  // namespace cw
