#include "notifier/feed_desk.hpp"

#include <utility>

namespace cw::notifier {

Result<std::shared_ptr<DeliveryWorker>> FeedDesk::served(const IssuerId& issuer) const {
  if (auto worker = supervisor_.find(issuer)) return worker;
  if (!supervisor_.started()) {
    return Error{Errc::kUnavailable, "the topics have not been read to their end yet"};
  }
  return Error{Errc::kFeedNotHere, "this notifier does not serve the issuer"};
}

Result<PullPlace> FeedDesk::place(const IssuerId& issuer) const {
  const auto worker = served(issuer);
  if (!worker) return worker.error();
  const auto settings = control_.settings(issuer);
  if (!settings.feed) return Error{Errc::kConflict, "the issuer has no settings for its feed"};
  return PullPlace{worker.value()->feed(), *settings.feed, epoch_};
}

Result<FeedStatus> FeedDesk::status(const IssuerId& issuer) const {
  const auto worker = served(issuer);
  if (!worker) return worker.error();
  return worker.value()->status();
}

http::Task<Status> FeedDesk::acknowledge(IssuerId issuer, codec::FeedAck ack) {
  const auto worker = served(issuer);
  if (!worker) co_return worker.error();
  co_return co_await worker.value()->acknowledge(std::move(ack));
}

http::Task<std::optional<Status>> FeedDesk::order(IssuerId issuer,
                                                  FeedOrder order,
                                                  std::chrono::milliseconds patience) {
  const auto worker = served(issuer);
  if (!worker) co_return Status{worker.error()};
  co_return co_await worker.value()->order(std::move(order), patience);
}

std::vector<IssuerId> FeedDesk::pushed() const {
  std::vector<IssuerId> issuers;
  for (const FeedStatus& feed : supervisor_.statuses()) {
    const DeliveryStatus& delivery = feed.delivery;
    const bool enabled = delivery.state.state == codec::FeedStatus::kEnabled;
    if (enabled && delivery.phase != DeliveryPhase::kHeld) issuers.push_back(delivery.state.issuer);
  }
  return issuers;
}

Reconciler::Hooks FeedDesk::reconcile_hooks() const {
  return {.issuers = [this] { return pushed(); },
          .feed = [this](const IssuerId& issuer) -> std::shared_ptr<IssuerFeed> {
            const auto worker = supervisor_.find(issuer);
            return worker ? worker->feed() : nullptr;
          },
          .add = [this](const IssuerId& issuer, std::shared_ptr<ExtraWork> work) -> Status {
            const auto worker = served(issuer);
            if (!worker) return worker.error();
            worker.value()->add(std::move(work));
            return Ok{};
          }};
}

}  // namespace cw::notifier
