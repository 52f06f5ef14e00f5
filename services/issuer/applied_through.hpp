#pragma once

#include "lib/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace cw::issuer {

/// How far what was accepted is in force, where that takes a while. THREAD: not safe.
class AppliedThrough {
 public:
  explicit AppliedThrough(std::chrono::milliseconds delay) : delay_(delay) {}

  /// What is held reaches to `through` since `at`. A smaller number than before is a new count.
  void accepted(std::uint64_t through, Instant at);
  [[nodiscard]] std::uint64_t at(Instant now);
  /// When at() grows next; nothing if all is in force.
  [[nodiscard]] std::optional<Instant> next() const;

 private:
  std::chrono::milliseconds delay_;
  std::uint64_t applied_ = 0;
  std::deque<std::pair<Instant, std::uint64_t>> waiting_;  ///< By rising number.
};

}  // namespace cw::issuer
