#pragma once

#include "lib/base/result.hpp"
#include "notifier/delivery_worker.hpp"
#include "notifier/feed_state_log.hpp"
#include "notifier/feed_store.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace cw::notifier {

/// One DeliveryWorker for each issuer that control or the watchlist knows, from start() on, also
/// for those that come later. THREAD: safe.
class FeedSupervisor {
 public:
  FeedSupervisor(boost::asio::any_io_executor executor,
                 std::shared_ptr<const DeliveryEnvironment> environment,
                 FeedStore& store,
                 const FeedStateBook& book);

  /// Control, watchlist and cursors are known: deliveries begin. Before that nothing is pushed.
  void start();

  /// The issuer has new entries.
  void on_entries(const std::shared_ptr<IssuerFeed>& feed);
  /// The issuer is new or has new settings.
  void on_settings(const IssuerId& issuer);
  /// A data key has come.
  void on_keys();
  /// Our own keys or certificates are new.
  void on_reload();

  /// By issuer; empty before start().
  [[nodiscard]] std::vector<FeedStatus> statuses() const;
  [[nodiscard]] bool started() const;

  /// Lets pushes under way end within `grace`, then cancels them; waits for all at most `limit`.
  void stop(std::chrono::milliseconds grace, std::chrono::milliseconds limit);

 private:
  using Workers = std::vector<std::shared_ptr<DeliveryWorker>>;

  void add(const std::shared_ptr<IssuerFeed>& feed);
  void add(const IssuerId& issuer);
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
  std::map<IssuerId, std::shared_ptr<DeliveryWorker>> workers_;
};

}  // namespace cw::notifier
