#include "notifier/pull/rate_limit.hpp"

#include <algorithm>

namespace cw::notifier {

bool RateLimit::admit(const IssuerId& issuer, Clock::time_point at) {
  const std::lock_guard lock{mutex_};
  const double most = 2 * per_second_;
  auto& bucket = buckets_.try_emplace(issuer, Bucket{most, at}).first->second;
  const std::chrono::duration<double> passed = at - bucket.at;
  bucket.at = at;
  bucket.tokens = std::min(most, bucket.tokens + std::max(passed.count(), 0.0) * per_second_);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace cw::notifier
