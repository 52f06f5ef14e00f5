#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/domain/feed_settings.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/task.hpp"
#include "notifier/feed_order.hpp"
#include "notifier/feed_status.hpp"
#include "notifier/issuer_feed.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace cw::notifier {

/// An issuer's feed as it stands for one request.
struct PullPlace {
  std::shared_ptr<IssuerFeed> feed;
  FeedSettings settings;
  std::uint32_t epoch = 1;
};

/// What the pull routes need of the rest of the notifier. Every call is about the issuer that it
/// names, which the routes take from the caller's certificate. THREAD: safe.
class PullDesk {
 public:
  virtual ~PullDesk() = default;

  /// Fails with kFeedNotHere (another notifier has it), kUnavailable (not read to the end yet) or
  /// kConflict (the issuer has no settings for its feed).
  [[nodiscard]] virtual Result<PullPlace> place(const IssuerId& issuer) const = 0;
  /// Fails like place().
  [[nodiscard]] virtual Result<FeedStatus> status(const IssuerId& issuer) const = 0;

  /// As DeliveryWorker's; they fail with kFeedNotHere too.
  [[nodiscard]] virtual http::Task<Status> acknowledge(IssuerId issuer, codec::FeedAck ack) = 0;
  [[nodiscard]] virtual http::Task<std::optional<Status>> order(
      IssuerId issuer, FeedOrder order, std::chrono::milliseconds patience) = 0;
};

}  // namespace cw::notifier
