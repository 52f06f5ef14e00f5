#include "notifier/feed_supervisor.hpp"

#include "lib/telemetry/logger.hpp"

#include <utility>

namespace cw::notifier {
namespace {

using Wake = DeliveryWorker::Wake;

const telemetry::Logger kLogger{"notifier"};

}  // namespace

FeedSupervisor::FeedSupervisor(boost::asio::any_io_executor executor,
                               std::shared_ptr<const DeliveryEnvironment> environment,
                               FeedStore& store,
                               const FeedStateBook& book)
    : executor_(std::move(executor)), env_(std::move(environment)), store_(store), book_(book) {}

void FeedSupervisor::start() {
  {
    const std::lock_guard lock{mutex_};
    if (started_ || stopping_) return;
    started_ = true;
  }
  for (const auto& feed : store_.feeds()) add(feed);
  for (const IssuerId& issuer : env_->control.issuers()) add(issuer);
  kLogger.info("deliveries_started",
               "control, watchlist and cursors are known",
               {{"feeds", workers().size()}});
}

void FeedSupervisor::add(const std::shared_ptr<IssuerFeed>& feed) {
  std::shared_ptr<DeliveryWorker> worker;
  {
    const std::lock_guard lock{mutex_};
    if (!started_ || stopping_ || workers_.contains(feed->issuer())) return;
    worker = std::make_shared<DeliveryWorker>(executor_, env_, feed);
    workers_.emplace(feed->issuer(), worker);
    ++running_;
    // Under the lock: a wake or a stop must not come before it.
    worker->start(book_.find(feed->issuer()), [this] { on_worker_end(); });
  }
}

void FeedSupervisor::add(const IssuerId& issuer) {
  const auto feed = store_.feed(issuer);
  if (feed) add(feed.value());
}

void FeedSupervisor::on_entries(const std::shared_ptr<IssuerFeed>& feed) {
  {
    const std::lock_guard lock{mutex_};
    const auto known = workers_.find(feed->issuer());
    if (known != workers_.end()) return known->second->wake(Wake::kWork);
  }
  add(feed);
}

void FeedSupervisor::on_settings(const IssuerId& issuer) {
  {
    const std::lock_guard lock{mutex_};
    const auto known = workers_.find(issuer);
    if (known != workers_.end()) return known->second->wake(Wake::kSettings);
  }
  add(issuer);
}

void FeedSupervisor::on_keys() {
  for (const auto& worker : workers()) worker->wake(Wake::kWork);
}

void FeedSupervisor::on_reload() {
  for (const auto& worker : workers()) worker->wake(Wake::kReload);
}

std::vector<FeedStatus> FeedSupervisor::statuses() const {
  std::vector<FeedStatus> all;
  for (const auto& worker : workers()) all.push_back(worker->status());
  return all;
}

bool FeedSupervisor::started() const {
  const std::lock_guard lock{mutex_};
  return started_;
}

void FeedSupervisor::stop(std::chrono::milliseconds grace, std::chrono::milliseconds limit) {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  const auto all = workers();
  for (const auto& worker : all) worker->stop();
  if (wait_ended(std::min(grace, limit))) return;
  for (const auto& worker : all) worker->cancel();
  if (!wait_ended(limit - std::min(grace, limit))) {
    kLogger.warn("deliveries_not_ended", "deliveries were still running at the deadline");
  }
}

FeedSupervisor::Workers FeedSupervisor::workers() const {
  const std::lock_guard lock{mutex_};
  Workers all;
  for (const auto& [issuer, worker] : workers_) all.push_back(worker);
  return all;
}

bool FeedSupervisor::wait_ended(std::chrono::milliseconds limit) {
  std::unique_lock lock{mutex_};
  return ended_.wait_for(lock, limit, [this] { return running_ == 0; });
}

void FeedSupervisor::on_worker_end() {
  const std::lock_guard lock{mutex_};
  --running_;
  ended_.notify_all();
}

}  // namespace cw::notifier
