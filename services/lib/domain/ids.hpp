#pragma once

#include "lib/base/strong.hpp"

#include <string>
#include <string_view>

namespace cw {

/// Ids are 1 to kIdLengthMax characters of [A-Za-z0-9._-], checked by the codec at the edge.
inline constexpr std::size_t kIdLengthMax = 64;

using IncidentId = Strong<struct IncidentIdTag, std::string>;
using IssuerId = Strong<struct IssuerIdTag, std::string>;
using FileName = Strong<struct FileNameTag, std::string>;  ///< An exposed file within its incident.
using ReportId = Strong<struct ReportIdTag, std::string>;  ///< Unique together with the issuer.
using Principal = Strong<struct PrincipalTag, std::string>;

/// Where cards go whose number lies in no issuer's range.
inline const IssuerId kUnassignedIssuer{"unassigned"};

/// True if `text` may stand as an id.
[[nodiscard]] bool is_id(std::string_view text) noexcept;

}  // namespace cw
