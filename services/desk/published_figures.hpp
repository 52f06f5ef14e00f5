#pragma once

#include "desk/control_rules.hpp"
#include "desk/count_answer.hpp"
#include "lib/domain/figure.hpp"

#include <optional>
#include <string>
#include <vector>

/// Freezing figures and counting them again, without network or Kafka.
namespace cw::desk {

/// The figure that `counted` makes, not yet numbered. `query.known_at` must be set and `counted`
/// have its set. Fails with kBadRequest if the breakdown has more rows than a figure may.
[[nodiscard]] Result<Figure> freeze(const CountQuery& query,
                                    const CountBasis& basis,
                                    const Counted& counted,
                                    const Caller& caller);

/// Numbers the figure; each publishing makes a new one. Fails with kUnknownIncident.
[[nodiscard]] Result<Decision> publish_figure(const Control& control, const Figure& figure);

/// A published figure as JSON: number, everything that names it, and what it was published as.
[[nodiscard]] std::string figure_document(const Figure& figure);
/// An array of them, by number.
[[nodiscard]] std::string figures_document(const Control& control, const IncidentId& incident);

/// A figure counted again by its own definition.
struct Recount {
  Counted now;
  /// The set as it was published, read again from matches.v1 up to the figure's offsets; only for a
  /// figure that differs, and only if it could be read.
  std::optional<std::vector<std::string>> past_set;
};

/// Whether the recount gives the same figure, rows and digest.
[[nodiscard]] bool is_equal(const Figure& figure, const Counted& now);

/// What the recount says: equal or not; if not, the rows that differ, and how many elements of each
/// kind (reports, cards, members) came and went, as far as known. Names no element.
[[nodiscard]] std::string recount_document(const Figure& figure, const Recount& recount);

}  // namespace cw::desk
