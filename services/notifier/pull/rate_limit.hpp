#pragma once

#include "lib/domain/ids.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>

namespace cw::notifier {

/// So many requests a second for each issuer, and as many again at once after a pause. Issuers come
/// from the configuration's principals, so their number is bounded. THREAD: safe.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimit(std::size_t per_second) : per_second_(static_cast<double>(per_second)) {}

  /// Whether a request of the issuer may go on.
  [[nodiscard]] bool admit(const IssuerId& issuer, Clock::time_point at = Clock::now());

 private:
  struct Bucket {
    double tokens = 0;
    Clock::time_point at = {};
  };

  const double per_second_;
  std::mutex mutex_;
  std::map<IssuerId, Bucket> buckets_;
};

}  // namespace cw::notifier
