#pragma once

#include "cli/acceptance/check.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cw::cli {

enum class CheckResult : std::uint8_t { kPassed, kFailed, kNotRun };

[[nodiscard]] std::string_view text(CheckResult result) noexcept;  ///< "passed" ...

struct CheckOutcome {
  const Check* check = nullptr;
  CheckResult result = CheckResult::kNotRun;
  std::string why = {};  ///< Unless it has passed.
  std::chrono::milliseconds took{};
};

/// What an acceptance found.
struct AcceptanceReport {
  std::string issuer;
  std::string url;
  std::uint32_t epoch = 0;  ///< The first of the two that were used.
  std::vector<CheckOutcome> outcomes;

  [[nodiscard]] std::size_t count(CheckResult result) const;
  [[nodiscard]] bool passed() const { return count(CheckResult::kPassed) == outcomes.size(); }
};

/// Every check there is, in the order in which they are run.
[[nodiscard]] std::vector<Check> all_checks();

/// Runs the checks one after the other against one receiver, which is given test cards only. After
/// one that failed the list is sent anew, so that each fails for its own reason.
/// `on_check` is called before each. The outcomes point into `checks`.
[[nodiscard]] std::vector<CheckOutcome> run_checks(
    std::span<const Check> checks,
    Trial& trial,
    const std::function<void(const Check& check)>& on_check);

/// The base cards and nothing else as the list, as of the cursor or a little beyond it.
void fill_base(TestFeed& feed);

}  // namespace cw::cli
