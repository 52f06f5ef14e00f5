#pragma once

#include "desk/control_rules.hpp"
#include "unit/domain/domain_samples.hpp"

/// Callers and requests beside the samples of the domain's tests.
namespace cw::desk::test {

using namespace cw::test;

inline const Instant kNow = parse_instant("2026-11-22T05:00:00Z").value();

[[nodiscard]] inline Caller desk_a() {
  return {Principal{"desk-a"}, false, kNow};
}
[[nodiscard]] inline Caller desk_b() {
  return {Principal{"desk-b"}, false, kNow};
}
[[nodiscard]] inline Caller importer() {
  return {Principal{"importer"}, true, kNow};
}

[[nodiscard]] inline codec::IncidentRequest incident_request() {
  return {incident(), std::nullopt};
}
[[nodiscard]] inline Control with_incident() {
  return control({incident()});
}

}  // namespace cw::desk::test
