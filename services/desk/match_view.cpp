#include "desk/match_view.hpp"

#include <mutex>

namespace cw::desk {

void MatchView::apply(const std::vector<codec::FactMessage>& messages, const Offsets& offsets) {
  const std::unique_lock lock{mutex_};
  for (const auto& message : messages) {
    if (message.retracted) {
      facts_.retract(message.fact.id, message.fact.card);
    } else {
      facts_.put(message.fact);
    }
  }
  for (const auto& [partition, offset] : offsets) offsets_[partition] = offset;
}

Offsets MatchView::offsets() const {
  const std::shared_lock lock{mutex_};
  return offsets_;
}

}  // namespace cw::desk
