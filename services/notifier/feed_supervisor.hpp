#pragma once

#include "lib/base/result.hpp"
#include "notifier/delivery_worker.hpp"
#include "notifier/feed_state_log.hpp"
#include "notifier/feed_store.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace cw::notifier {

/// One DeliveryWorker for each issuer that control or the watchlist knows and whose partition is
/// served here, also for those that come later. THREAD: safe.
class FeedSupervisor {
 public:
  FeedSupervisor(boost::asio::any_io_executor executor,
                 std::shared_ptr<const DeliveryEnvironment> environment,
                 FeedStore& store,
                 const FeedStateBook& book);

  /// Control and cursors are known: deliveries may begin. Before that nothing is pushed.
  void start();
  /// The partition, open in the store, was read to its end: its issuers are served from now on.
  void serve(std::int32_t partition);
  /// Other notifiers may serve the issuers as soon as this returns: lets pushes under way end
  /// within `grace`, then cancels them; waits for all, with their cursors saved, at most `limit`.
  void withdraw(std::chrono::milliseconds grace, std::chrono::milliseconds limit);

  /// The issuer has new entries.
  void on_entries(const std::shared_ptr<IssuerFeed>& feed);
  /// The issuer is new or has new settings.
  void on_settings(const IssuerId& issuer);
  /// A data key has come.
  void on_keys();
  /// Our own keys or certificates are new.
  void on_reload();

  /// The worker of an issuer that is served here; else null.
  [[nodiscard]] std::shared_ptr<DeliveryWorker> find(const IssuerId& issuer) const;
  /// By issuer; empty before start().
  [[nodiscard]] std::vector<FeedStatus> statuses() const;
  [[nodiscard]] bool started() const;
  [[nodiscard]] bool serves(std::int32_t partition) const;

  /// withdraw() for good.
  void stop(std::chrono::milliseconds grace, std::chrono::milliseconds limit);

 private:
  using Workers = std::vector<std::shared_ptr<DeliveryWorker>>;

  void add(const std::shared_ptr<IssuerFeed>& feed);
  void add(const IssuerId& issuer);
  void add_all(std::int32_t partition);
  [[nodiscard]] Workers workers() const;
  [[nodiscard]] bool wait_ended(std::chrono::milliseconds limit);
  void on_worker_end();

  const boost::asio::any_io_executor executor_;
  const std::shared_ptr<const DeliveryEnvironment> env_;
  FeedStore& store_;
  const FeedStateBook& book_;

  mutable std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable ended_;
  bool started_ = false;
  bool stopping_ = false;
  std::size_t running_ = 0;
  std::set<std::int32_t> serving_;
  std::map<IssuerId, std::shared_ptr<DeliveryWorker>> workers_;
};

}  // namespace cw::notifier
