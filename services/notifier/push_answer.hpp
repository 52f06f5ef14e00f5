#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/http/client.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/delivery_fsm.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace cw::notifier {

/// What became of one push.
struct PushOutcome {
  DeliveryEvent event = {};
  std::string_view label = {};  ///< For the metric: "accepted", "timeout" ...; a fixed set.
  std::uint64_t through = 0;    ///< If accepted: seq up to which it was, within the batch.
  codec::FeedAnswer answer = {};
};

/// Judges the answer to `batch`, as feed.md has it: 202, or 200 with a FeedAnswer, is accepted
/// (what lies beyond the batch is cut off; if nothing of it was stored, it has failed); 400, 413
/// and 422 refuse the content; 410 wants no more; certificate trouble, on whichever side, and a
/// forbidden address are trouble that people must mend; anything else has failed.
[[nodiscard]] PushOutcome judge(const Result<http::ClientResponse>& response,
                                const BuiltBatch& batch,
                                Instant now,
                                std::chrono::milliseconds retry_after_max);

}  // namespace cw::notifier
