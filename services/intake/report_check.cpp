#include "intake/report_check.hpp"

#include <string>
#include <utility>

namespace cw::intake {
namespace {

codec::RowError refuse(const codec::ReportInput& input,
                       codec::ReportField field,
                       Errc code,
                       std::string detail) {
  return {input.line, std::string(codec::text(field)), Error{code, std::move(detail)}};
}

/// A card in no known range may be reported by anyone: the range can be declared later.
bool is_others_card(const codec::ReportInput& input, const IssuerId& own, const Control& control) {
  const IssuerId& owner = control.issuer_of(input.pan.iin());
  return owner != own && owner != kUnassignedIssuer;
}

}  // namespace

std::optional<codec::RowError> refusal_of(const codec::ReportInput& input,
                                          const ReportSender& sender,
                                          const Control& control) {
  using codec::ReportField;
  const ReportRevision& report = input.report;
  // What the sender may do comes first, so that it cannot probe for what exists.
  if (sender.issuer && report.issuer != *sender.issuer) {
    return refuse(input,
                  ReportField::kIssuer,
                  Errc::kIssuerForbidden,
                  sender.by.get() + " may report for issuer " + sender.issuer->get() + " only");
  }
  if (input.received_at && !sender.may_import) {
    return refuse(input,
                  ReportField::kReceivedAt,
                  Errc::kImportForbidden,
                  sender.by.get() + " lacks the role import");
  }
  if (control.issuer(report.issuer) == nullptr) {
    return refuse(input, ReportField::kIssuer, Errc::kUnknownIssuer, "the issuer is not known");
  }
  if (sender.issuer && is_others_card(input, *sender.issuer, control)) {
    return refuse(input,
                  ReportField::kPan,
                  Errc::kIssuerForbidden,
                  "the card lies in the range of another issuer");
  }
  if (report.incident && control.incident(*report.incident) == nullptr) {
    return refuse(
        input, ReportField::kIncident, Errc::kUnknownIncident, "the incident is not known");
  }
  return std::nullopt;
}

}  // namespace cw::intake
