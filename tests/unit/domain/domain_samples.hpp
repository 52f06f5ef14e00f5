#pragma once

#include "lib/domain/control.hpp"
#include "lib/domain/derive.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Short ways to write cards, records, reports and control in tests. Defaults are those of the
/// incident "leak" in Asia/Tokyo with the file "extract-1" (at risk from 2008-03-10) and of the
/// issuer "jcb-a" with the range 3569.
namespace cw::test {

[[nodiscard]] Instant at(std::string_view text);
[[nodiscard]] Day day(std::string_view text);
[[nodiscard]] Expiry expiry(std::string_view text);
[[nodiscard]] CardRef card(std::uint8_t number);

inline const IncidentId kLeak{"leak"};
inline const FileName kFile{"extract-1"};
inline const IssuerId kJcb{"jcb-a"};
inline constexpr Iin kIin = 35699900;

/// Version 1 of "leak", in effect from 2009-07-20T00:00Z.
[[nodiscard]] Incident incident();
[[nodiscard]] FileDeclaration file(std::string_view name, std::string_view at_risk_from);
[[nodiscard]] Issuer issuer(std::string_view id, std::vector<std::string> ranges);
[[nodiscard]] Predicate channel_is(std::string_view value);
/// An approved revision of "leak".
[[nodiscard]] ScopeRevision scope(std::uint32_t revision,
                                  Predicate predicate,
                                  std::string_view effective_at);
/// Record 1 of extract-1: card 1, expiry 2010-03, channel internet, received 2009-07-22T00:00Z.
[[nodiscard]] ExposureRecord record();
/// R-1 of jcb-a, revision 1, NEWF of card 1, reported 2009-07-23T01:00Z, received 02:00Z.
[[nodiscard]] ReportRevision report();
/// The same report's revision `number` with `action`, received at `received_at`.
[[nodiscard]] ReportRevision revision(std::uint32_t number,
                                      ReportAction action,
                                      std::string_view received_at);

[[nodiscard]] Control control(const std::vector<ControlRecord>& records);
/// Control with incident() and issuer jcb-a.
[[nodiscard]] Control plain_control();
[[nodiscard]] CardInputs inputs(const std::vector<ExposureRecord>& records,
                                const std::vector<ReportRevision>& revisions);

}  // namespace cw::test
