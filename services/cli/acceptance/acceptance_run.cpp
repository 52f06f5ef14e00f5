#include "cli/acceptance/acceptance_run.hpp"

#include <algorithm>

namespace cw::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// What stands in the way of the checks that are left; nothing: they can go on.
Why prepare_next(const Check& failed, Trial& trial) {
  switch (failed.after_failure) {
    case AfterFailure::kStop:
      return "needs " + std::string(failed.id);
    case AfterFailure::kNoDigests:
      trial.trust_no_digest();
      return std::nullopt;
    case AfterFailure::kRestore:
      break;
  }
  fill_base(trial.feed());
  auto why = trial.snapshot();
  if (!why) why = trial.holds();
  if (why) return "after " + std::string(failed.id) + " a snapshot did not help: " + *why;
  return std::nullopt;
}

}  // namespace

std::string_view text(CheckResult result) noexcept {
  switch (result) {
    case CheckResult::kPassed:
      return "passed";
    case CheckResult::kFailed:
      return "failed";
    case CheckResult::kNotRun:
      break;
  }
  return "not run";
}

std::size_t AcceptanceReport::count(CheckResult result) const {
  const auto found =
      std::count_if(outcomes.begin(), outcomes.end(), [result](const CheckOutcome& outcome) {
        return outcome.result == result;
      });
  return static_cast<std::size_t>(found);
}

std::vector<Check> all_checks() {
  std::vector<Check> all;
  for (const auto part :
       {basic_checks(), delivery_checks(), security_checks(), repair_checks(), epoch_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<CheckOutcome> run_checks(std::span<const Check> checks,
                                     Trial& trial,
                                     const std::function<void(const Check& check)>& on_check) {
  std::vector<CheckOutcome> outcomes;
  Why hindrance;
  for (const Check& check : checks) {
    CheckOutcome outcome{.check = &check};
    const bool lacks_digests = check.needs_digests && !trial.trusts_digests();
    if (hindrance || lacks_digests) {
      outcome.why = hindrance.value_or("needs digest");
      outcomes.push_back(std::move(outcome));
      continue;
    }
    on_check(check);
    const auto since = Clock::now();
    const Why why = check.run(trial);
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
    outcome.result = why ? CheckResult::kFailed : CheckResult::kPassed;
    outcome.why = why.value_or("");
    outcomes.push_back(std::move(outcome));
    if (why) hindrance = prepare_next(check, trial);
  }
  return outcomes;
}

void fill_base(TestFeed& feed) {
  std::vector<TestEntry> entries;
  for (std::uint64_t card = 0; card < kBaseCards; ++card) {
    entries.push_back({.seq = 2 * card + 1, .card = card});
  }
  feed.begin_epoch(feed.epoch(), std::max(feed.through(), 2 * kBaseCards));
  feed.apply(entries);
}

}  // namespace cw::cli
