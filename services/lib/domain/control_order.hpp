#pragma once

#include "lib/domain/control.hpp"

#include <string>

namespace cw {

/// Canonical text of a record, its instants included: equal texts mean equal records. Decides which
/// of two records with the same identity stands when their times tie, so that the fold does not
/// depend on their order.
[[nodiscard]] std::string canonical(const Incident& incident);
[[nodiscard]] std::string canonical(const Issuer& issuer);
[[nodiscard]] std::string canonical(const ScopeRevision& scope);
[[nodiscard]] std::string canonical(const FileLoad& load);
[[nodiscard]] std::string canonical(const Figure& figure);
[[nodiscard]] std::string canonical(const Predicate& predicate);

/// Whether `candidate` replaces `held`, which has the same identity: the earlier effective_at
/// (recorded_at for a proposal, received_at for a file load, published_at for a figure) stands,
/// ties by canonical text.
[[nodiscard]] bool replaces(const Incident& candidate, const Incident& held);
[[nodiscard]] bool replaces(const Issuer& candidate, const Issuer& held);
[[nodiscard]] bool replaces(const ScopeRevision& candidate, const ScopeRevision& held);
[[nodiscard]] bool replaces(const Figure& candidate, const Figure& held);
/// A completed load replaces an opened one, never the other way round.
[[nodiscard]] bool replaces(const FileLoad& candidate, const FileLoad& held);

}  // namespace cw
