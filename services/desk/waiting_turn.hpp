#pragma once

#include <atomic>
#include <cstdint>

namespace cw::desk {

/// Counts one more that waits or works, as long as it lives.
class WaitingTurn {
 public:
  explicit WaitingTurn(std::atomic<std::uint32_t>& waiting)
      : waiting_(waiting), number_(++waiting) {}
  ~WaitingTurn() { --waiting_; }
  WaitingTurn(const WaitingTurn&) = delete;
  WaitingTurn& operator=(const WaitingTurn&) = delete;

  /// How many there were with this one when it came.
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

 private:
  std::atomic<std::uint32_t>& waiting_;
  std::uint32_t number_;
};

}  // namespace cw::desk
