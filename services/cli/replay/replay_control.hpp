#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/domain/control.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace cw::cli {

/// Control records from the files that the desk would be given: one incident, issuers, scope
/// revisions (which here also say when they took effect). THREAD: not safe.
class ReplayControl {
 public:
  /// Documents of schemas/incident-request and issuer-request, as JSON; they fail as the codec's
  /// decoders do. Without effective_at the incident is in effect from the start of `since`.
  [[nodiscard]] Status set_incident(std::string_view json);
  [[nodiscard]] Status add_issuer(std::string_view json);

  /// {"incident"?, "revision"?, "predicate", "mode"?, "note"?, "recorded_at"?, "effective_at"?,
  /// "proposed_by"?, "approved_by"?}. Without a revision it follows the one added before; without
  /// effective_at it is only proposed and selects nothing. Fails with kSchemaViolation,
  /// kPredicateInvalid (also for an attribute that the incident does not declare), kConflict (the
  /// revision is there already).
  [[nodiscard]] Status add_scope(std::string_view json);

  /// Everything folded; `mode: add` means any[the approved predicate before it, this one].
  /// The incident must have been set.
  [[nodiscard]] Control fold() const;

  [[nodiscard]] const Incident& incident() const { return *incident_; }

 private:
  struct Revision {
    ScopeRevision scope;
    bool adds = false;
  };

  [[nodiscard]] Status check_attributes(codec::JsonValue predicate) const;

  std::optional<Incident> incident_;
  std::vector<Issuer> issuers_;
  std::vector<Revision> revisions_;
};

}  // namespace cw::cli
