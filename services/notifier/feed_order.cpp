#include "notifier/feed_order.hpp"

#include "lib/base/assert.hpp"

namespace cw::notifier {

using codec::FeedSetBy;
using codec::FeedStatus;

FeedStanding standing_after(const FeedOrder& order) {
  CW_ASSERT(changes_state(order.kind));
  FeedStanding standing{.set_by = order.set_by, .by = order.by, .reason = order.reason};
  if (order.kind == FeedOrder::Kind::kPause) standing.state = FeedStatus::kPaused;
  if (order.kind == FeedOrder::Kind::kDisable) standing.state = FeedStatus::kDisabled;
  return standing;
}

Status check_order(const FeedOrder& order, const FeedStanding& standing) {
  if (changes_state(order.kind)) {
    const bool ours = standing.state != FeedStatus::kEnabled &&
                      standing.set_by.value_or(FeedSetBy::kUs) == FeedSetBy::kUs;
    if (order.set_by == FeedSetBy::kIssuer && ours) {
      return Error{Errc::kStateNotYours,
                   "the feed was " + std::string{text(standing.state)} + " by cardwatch"};
    }
    return Ok{};
  }
  if (order.kind == FeedOrder::Kind::kProbe && standing.state == FeedStatus::kDisabled) {
    return Error{Errc::kConflict, "the feed is disabled: nothing is sent to it; resume it first"};
  }
  return Ok{};
}

}  // namespace cw::notifier
