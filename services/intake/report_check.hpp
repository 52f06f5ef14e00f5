#pragma once

#include "lib/codec/report_rows.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/ids.hpp"

#include <optional>

namespace cw::intake {

/// What the sender of reports may do.
struct ReportSender {
  Principal by;
  std::optional<IssuerId> issuer;  ///< It speaks for this issuer only; none: for any.
  bool may_import = false;         ///< May supply received_at.
};

/// Why a well-formed report is refused, if it is: kIssuerForbidden (a report under another issuer,
/// or on a card in another known issuer's range), kImportForbidden, kUnknownIssuer,
/// kUnknownIncident.
[[nodiscard]] std::optional<codec::RowError> refusal_of(const codec::ReportInput& input,
                                                        const ReportSender& sender,
                                                        const Control& control);

}  // namespace cw::intake
