#pragma once

#include "desk/match_view.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/count_series.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/provisional.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cw::desk {

/// What a figure rests on besides the facts.
struct CountBasis {
  std::uint32_t scope_revision = 0;  ///< In force at known_at; 0 if none.
  std::int64_t control_offset = 0;   ///< Of control.v1, partition 0.
  /// Who may have something to report: every issuer of control, since the desk does not see whose
  /// cards are exposed.
  std::vector<IssuerId> issuers = {};
  NilReturns nil_returns = {};
};

/// The basis of a figure as known at `known_at` (nothing: now). `control_offset` is that of
/// `control`.
[[nodiscard]] CountBasis basis_of(const Control& control,
                                  std::int64_t control_offset,
                                  const IncidentId& incident,
                                  std::optional<Instant> known_at);

/// The digest has a text for each element of the counted set: seconds for a million.
enum class Digest : std::uint8_t { kNo, kYes };

/// A figure with what it was counted from, all of one state of the facts.
struct Counted {
  CountResult result;
  std::vector<std::string> set;  ///< counted_set() if the digest is wanted.
  std::vector<NotHeardFrom> not_heard_from;
  Offsets offsets;
};
[[nodiscard]] Counted count_at(const MatchView& matches,
                               const CountQuery& query,
                               const CountBasis& basis,
                               Digest digest);

/// Counts and writes the answer as JSON, with everything that names the figure (R21); the digest if
/// asked for. "offsets" are those of matches.v1 that the facts rest on (a fact itself carries no
/// offset of the inputs that it follows from) and of control.v1.
[[nodiscard]] std::string count_answer(const MatchView& matches,
                                       const CountQuery& query,
                                       const CountBasis& basis,
                                       Digest digest);

/// The same for a series. Fails as count_series().
[[nodiscard]] Result<std::string> series_answer(const MatchView& matches,
                                                const SeriesQuery& query,
                                                const CountBasis& basis);

/// SHA-256, hex, over the lines of the counted set, each ended by a line feed.
[[nodiscard]] std::string digest_of(const std::vector<std::string>& lines);

// Members of an answer that several documents have.
void write_query(codec::JsonWriter& writer, const CountQuery& query);
void write_offsets(codec::JsonWriter& writer,
                   const Offsets& match_offsets,
                   std::int64_t control_offset);
/// {"<key>": "<text>", ..., without its end.
void begin_row(codec::JsonWriter& writer,
               const std::vector<CountKey>& by,
               const std::vector<std::string>& key);
void write_rows(codec::JsonWriter& writer,
                const std::vector<CountKey>& by,
                const std::vector<CountRow>& rows);

}  // namespace cw::desk
