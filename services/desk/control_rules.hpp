#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/control_request.hpp"
#include "lib/domain/control.hpp"

#include <cstdint>
#include <optional>

/// Which changes of control are allowed: pure functions of what stands, what is asked and who asks.
namespace cw::desk {

/// Who asks, and when.
struct Caller {
  Principal name;
  bool may_import = false;  ///< May give effective_at and recorded_at.
  Instant now;
};

enum class Change : std::uint8_t { kCreated, kUpdated, kUnchanged };

/// What to do about a request that is allowed.
struct Decision {
  Change change = Change::kUnchanged;
  std::uint32_t number = 0;             ///< The version or revision that stands afterwards.
  std::optional<ControlRecord> record;  ///< To be written; none if nothing changes.
};

/// When a change counts from, and whether that was said by an import.
struct Moment {
  Instant at;
  bool imported = false;
};

/// `given` if the caller may import, otherwise now. Fails with kImportForbidden, or with
/// kTimestampInvalid (naming `field`) if it lies in the future.
[[nodiscard]] Result<Moment> moment_of(const std::optional<Instant>& given,
                                       const Caller& caller,
                                       std::string_view field);

/// Versions: an equal document is unchanged; version current + 1 is an update; anything else is
/// kIncidentExists, naming what differs. Files and attributes are never taken away (kConflict): a
/// file is withdrawn instead. Fails also as moment_of().
[[nodiscard]] Result<Decision> put_incident(const Control& control,
                                            const codec::IncidentRequest& request,
                                            const Caller& caller);

/// Versions as for incidents (kIssuerExists). Fails with kIinConflict if another issuer has the
/// same range (a longer or shorter one is no conflict), kSchemaViolation if the encryption key is
/// no key that we can encrypt to.
[[nodiscard]] Result<Decision> put_issuer(const Control& control,
                                          const codec::IssuerRequest& request,
                                          const Caller& caller);

/// Numbers the revision. Mode add gives any[approved predicate, new one]. Fails with
/// kUnknownIncident, kIncidentClosed, kPredicateInvalid (an attribute or file that the incident
/// does not declare; too large together with the approved one) and as moment_of().
[[nodiscard]] Result<Decision> propose_scope(const Control& control,
                                             const IncidentId& incident,
                                             const codec::ScopeRequest& request,
                                             const Caller& caller);

/// Fails with kUnknownIncident, kIncidentClosed, kNotFound (no such proposal), kSamePrincipal,
/// kScopeState (already approved, or without any effect because a greater revision is in force from
/// an earlier instant) and as moment_of().
[[nodiscard]] Result<Decision> approve_scope(const Control& control,
                                             const IncidentId& incident,
                                             std::uint32_t revision,
                                             const codec::ApproveRequest& request,
                                             const Caller& caller);

}  // namespace cw::desk
