#pragma once

#include "cli/acceptance/trial.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace cw::cli {

/// What the other checks are worth after this one has failed.
enum class AfterFailure : std::uint8_t {
  kRestore,    ///< The list is sent anew, and they go on.
  kNoDigests,  ///< They go on without comparing lists.
  kStop,       ///< Nothing: they are not run.
};

/// One question to an endpoint. `id` is stable, for people and programs to refer to.
struct Check {
  std::string_view id;
  std::string_view about;
  std::string_view mend;  ///< What to look at if it fails.
  Why (*run)(Trial& trial) = nullptr;
  AfterFailure after_failure = AfterFailure::kRestore;
  bool needs_digests = false;  ///< Not run once `digest` has failed.
};

// In the order in which they are run.
[[nodiscard]] std::span<const Check> basic_checks();
[[nodiscard]] std::span<const Check> delivery_checks();
[[nodiscard]] std::span<const Check> security_checks();
[[nodiscard]] std::span<const Check> repair_checks();
[[nodiscard]] std::span<const Check> epoch_checks();

/// Cards that are on the list before the first check, numbered from 0.
inline constexpr std::uint64_t kBaseCards = 40;

}  // namespace cw::cli
