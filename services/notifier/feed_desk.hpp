#pragma once

#include "notifier/control_view.hpp"
#include "notifier/feed_supervisor.hpp"
#include "notifier/pull/pull_desk.hpp"
#include "notifier/reconcile/reconciler.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace cw::notifier {

/// The feeds that this process serves, for those who come from outside: operators, issuers that
/// pull, reconciliation. THREAD: safe; what it refers to outlives it.
class FeedDesk final : public PullDesk {
 public:
  FeedDesk(const FeedSupervisor& supervisor, const ControlView& control, std::uint32_t epoch)
      : supervisor_(supervisor), control_(control), epoch_(epoch) {}

  /// Null if it is not served here.
  [[nodiscard]] std::shared_ptr<DeliveryWorker> worker(const IssuerId& issuer) const {
    return supervisor_.find(issuer);
  }

  [[nodiscard]] Result<PullPlace> place(const IssuerId& issuer) const override;
  [[nodiscard]] Result<FeedStatus> status(const IssuerId& issuer) const override;
  [[nodiscard]] http::Task<Status> acknowledge(IssuerId issuer, codec::FeedAck ack) override;
  [[nodiscard]] http::Task<std::optional<Status>> order(
      IssuerId issuer, FeedOrder order, std::chrono::milliseconds patience) override;

  /// Feeds that are pushed from here and enabled are compared on schedule. Good as long as this.
  [[nodiscard]] Reconciler::Hooks reconcile_hooks() const;

 private:
  [[nodiscard]] Result<std::shared_ptr<DeliveryWorker>> served(const IssuerId& issuer) const;
  [[nodiscard]] std::vector<IssuerId> pushed() const;

  const FeedSupervisor& supervisor_;
  const ControlView& control_;
  const std::uint32_t epoch_;
};

}  // namespace cw::notifier
