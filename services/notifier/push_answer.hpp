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

/// Where an issuer says that it stands, in a 409.
struct GapAnswer {
  std::uint64_t accepted_through = 0;
  std::uint32_t epoch = 0;
};

/// What became of one push.
struct PushOutcome {
  DeliveryEvent event = {};
  std::string_view label = {};  ///< For the metric: "accepted", "timeout" ...; a fixed set.
  std::uint64_t through = 0;    ///< If accepted: seq up to which it was, within the batch.
  codec::FeedAnswer answer = {};
  std::optional<GapAnswer> gap = {};  ///< If the issuer answered 409 and said where it stands.
  std::uint64_t told_through = 0;     ///< accepted_through as the issuer said it, not cut off.
};

/// Judges the answer to `batch`, as feed.md has it: 202, or 200 with a FeedAnswer, is accepted
/// (what lies beyond the batch is cut off; if nothing of it was stored, it has failed); 400, 413
/// and 422 refuse the content; 409 that says where the receiver stands is a gap; 410 wants no more;
/// certificate trouble, on whichever side, and a forbidden address are trouble that people must
/// mend; anything else has failed. A verification counts only if a 200 repeats its state; a 202 to
/// one is from a receiver that always answers so. A Retry-After date is read by the clock of the
/// answer's Date.
[[nodiscard]] PushOutcome judge(const Result<http::ClientResponse>& response,
                                const BuiltBatch& batch,
                                Instant now,
                                std::chrono::milliseconds retry_after_max);

}  // namespace cw::notifier
