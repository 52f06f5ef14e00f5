#pragma once

#include "cli/acceptance/acceptance_run.hpp"
#include "cli/output.hpp"

#include <string>

namespace cw::cli {

/// A line a check.
[[nodiscard]] Table acceptance_table(const AcceptanceReport& report);
/// For each check that failed: why, and how to mend it; then, last, the sum.
[[nodiscard]] std::string acceptance_summary(const AcceptanceReport& report);
[[nodiscard]] std::string acceptance_json(const AcceptanceReport& report);

}  // namespace cw::cli
