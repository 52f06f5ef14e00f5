#pragma once

#include "lib/domain/control.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The answers of the control API, as JSON.
namespace cw::desk {

/// {"<what>": id, "version": n, "result": "created"}.
[[nodiscard]] std::string version_answer(std::string_view what,
                                         std::string_view id,
                                         std::uint32_t version,
                                         std::string_view result);
/// {"incident", "revision", "state"} and for approved ones "effective_at". `record` is a
/// ScopeRevision.
[[nodiscard]] std::string scope_answer(const ControlRecord& record);

/// Arrays of the documents that could be sent again, by id.
[[nodiscard]] std::string incidents_document(const Control& control);
[[nodiscard]] std::string issuers_document(const Control& control);
/// An array with one object per revision, by number: who proposed and approved it, whether it is
/// the one in force.
[[nodiscard]] std::string scopes_document(const Control& control, const IncidentId& incident);

}  // namespace cw::desk
