#pragma once

#include "lib/codec/feed_state_codec.hpp"

#include <map>
#include <mutex>
#include <string>

namespace cw::desk {

/// The newest state of each issuer's feed, from feed-state.v1. THREAD: safe.
class FeedView {
 public:
  void apply(const codec::FeedState& state);
  /// A JSON array of the states, by issuer.
  [[nodiscard]] std::string json() const;

 private:
  mutable std::mutex mutex_;
  std::map<IssuerId, codec::FeedState> states_;
};

}  // namespace cw::desk
