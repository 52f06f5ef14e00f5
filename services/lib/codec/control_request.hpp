#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/control.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cw::codec {

/// Documents that people send to the desk (schemas/*-request). Strict: unknown and repeated
/// members are refused. They fail with kJsonSyntax, kSchemaViolation (names the JSON pointer and
/// what was wanted), kPredicateInvalid, kSensitiveData (an attribute named like a card
/// verification value) or kBodyTooLarge.

/// `effective_at`, `by` and `imported` of the incident are left for the desk to fill.
struct IncidentRequest {
  Incident incident;
  std::optional<Instant> effective_at;  ///< Only for imports.
};
[[nodiscard]] Result<IncidentRequest> decode_incident_request(std::string_view json);

struct IssuerRequest {
  Issuer issuer;
  std::optional<Instant> effective_at;  ///< Only for imports.
};
[[nodiscard]] Result<IssuerRequest> decode_issuer_request(std::string_view json);

enum class ScopeMode : std::uint8_t {
  kReplace,  ///< The predicate stands alone.
  kAdd,      ///< The approved predicate before it, or this one.
};

struct ScopeRequest {
  Predicate predicate;
  ScopeMode mode = ScopeMode::kReplace;
  std::string note;
  std::optional<Instant> recorded_at;  ///< Only for imports.
};
[[nodiscard]] Result<ScopeRequest> decode_scope_request(std::string_view json);

/// An empty body approves now.
struct ApproveRequest {
  std::optional<Instant> effective_at;  ///< Only for imports.
};
[[nodiscard]] Result<ApproveRequest> decode_approve_request(std::string_view json);

/// `until` of a nil return.
[[nodiscard]] Result<Instant> decode_nil_return_request(std::string_view json);

/// The same documents from records, e.g. to show what stands in a form that can be sent again:
/// without effective_at, by and imported.
[[nodiscard]] std::string incident_document(const Incident& incident);
[[nodiscard]] std::string issuer_document(const Issuer& issuer);

}  // namespace cw::codec
