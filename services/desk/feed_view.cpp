#include "desk/feed_view.hpp"

#include "lib/codec/json_writer.hpp"

namespace cw::desk {

void FeedView::apply(const codec::FeedState& state) {
  const std::lock_guard lock{mutex_};
  states_.insert_or_assign(state.issuer, state);
}

std::string FeedView::json() const {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  const std::lock_guard lock{mutex_};
  for (const auto& [issuer, state] : states_) writer.raw(codec::encode(state));
  writer.end_array();
  return out;
}

}  // namespace cw::desk
