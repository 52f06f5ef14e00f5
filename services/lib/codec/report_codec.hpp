#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/report.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cw::codec {

/// Messages of reports.v1 (schemas/report); fails like decode_exposure, and with kTimestampRange
/// (report_times.hpp). Sets content_hash.
[[nodiscard]] Result<ReportRevision> decode_report(std::string_view json);

[[nodiscard]] std::string encode(const ReportRevision& report);
void encode_to(std::string& out, const ReportRevision& report);

/// The report without received_at, imported and filed_under (and content_hash) as JSON with sorted
/// keys: two records with the same canonical text are the same report sent twice (rules.md R8).
[[nodiscard]] std::string canonical_report(const ReportRevision& report);
/// SHA-256 of canonical_report; what ReportRevision::content_hash holds.
[[nodiscard]] std::array<std::uint8_t, 32> content_hash(const ReportRevision& report);

}  // namespace cw::codec
