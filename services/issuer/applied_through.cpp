#include "issuer/applied_through.hpp"

#include <algorithm>

namespace cw::issuer {

void AppliedThrough::accepted(std::uint64_t through, Instant at) {
  const std::uint64_t before = waiting_.empty() ? applied_ : waiting_.back().second;
  if (through == before) return;
  if (through < before) {
    waiting_.clear();
    applied_ = std::min(applied_, through);
  }
  if (through > applied_) waiting_.emplace_back(at + delay_, through);
}

std::uint64_t AppliedThrough::at(Instant now) {
  while (!waiting_.empty() && waiting_.front().first <= now) {
    applied_ = waiting_.front().second;
    waiting_.pop_front();
  }
  return applied_;
}

std::optional<Instant> AppliedThrough::next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().first;
}

}  // namespace cw::issuer
