#include "lib/domain/nil_return.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cw {
namespace {

/// Of records that say the same the one by the smaller name stands.
bool before(const NilReturn& a, const NilReturn& b) {
  return std::tuple(a.received_at, b.until, a.by) < std::tuple(b.received_at, a.until, b.by);
}

}  // namespace

void NilReturns::add(const NilReturn& record) {
  auto& held = issuers_[record.issuer];
  History all = held ? *held : History{};
  all.push_back(record);
  std::sort(all.begin(), all.end(), before);
  History reaching;
  for (NilReturn& each : all) {
    if (reaching.empty() || reaching.back().until < each.until) reaching.push_back(std::move(each));
  }
  held = std::make_shared<const History>(std::move(reaching));
}

const NilReturn* NilReturns::last(const IssuerId& issuer, Instant known_at) const {
  const auto found = issuers_.find(issuer);
  if (found == issuers_.end()) return nullptr;
  const History& history = *found->second;
  const auto next = std::upper_bound(
      history.begin(), history.end(), known_at, [](Instant at, const NilReturn& record) {
        return at < record.received_at;
      });
  return next == history.begin() ? nullptr : &*std::prev(next);
}

}  // namespace cw
