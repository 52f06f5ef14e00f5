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
  std::set<std::int32_t> serving;
  {
    const std::lock_guard lock{mutex_};
    if (started_ || stopping_) return;
    started_ = true;
    serving = serving_;
  }
  for (const std::int32_t partition : serving) add_all(partition);
  kLogger.info("deliveries_started", "control and cursors are known");
}

void FeedSupervisor::serve(std::int32_t partition) {
  {
    const std::lock_guard lock{mutex_};
    serving_.insert(partition);
    if (!started_ || stopping_) return;
  }
  add_all(partition);
}

void FeedSupervisor::add_all(std::int32_t partition) {
  for (const auto& feed : store_.feeds(partition)) add(feed);
  for (const IssuerId& issuer : env_->control.issuers()) {
    if (store_.home(issuer) == partition) add(issuer);
  }
}

void FeedSupervisor::add(const std::shared_ptr<IssuerFeed>& feed) {
  const std::int32_t partition = feed->partition();
  std::shared_ptr<DeliveryWorker> worker;
  {
    const std::lock_guard lock{mutex_};
    if (!started_ || stopping_ || !serving_.contains(partition)) return;
    if (workers_.contains(feed->issuer())) return;
    const auto saved = book_.find(feed->issuer());
    // What the store has as delivered is of no account without a cursor.
    if (!saved || saved->epoch != env_->config.epoch) static_cast<void>(feed->begin(0));
    worker = std::make_shared<DeliveryWorker>(executor_, env_, feed);
    workers_.emplace(feed->issuer(), worker);
    ++running_;
    // Under the lock: a wake or a stop must not come before it.
    worker->start(saved, [this] { on_worker_end(); });
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

std::shared_ptr<DeliveryWorker> FeedSupervisor::find(const IssuerId& issuer) const {
  const std::lock_guard lock{mutex_};
  const auto known = workers_.find(issuer);
  return known == workers_.end() ? nullptr : known->second;
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

bool FeedSupervisor::serves(std::int32_t partition) const {
  const std::lock_guard lock{mutex_};
  return started_ && serving_.contains(partition);
}

void FeedSupervisor::withdraw(std::chrono::milliseconds grace, std::chrono::milliseconds limit) {
  decltype(workers_) leaving;
  {
    const std::lock_guard lock{mutex_};
    serving_.clear();
    leaving = workers_;
  }
  for (const auto& [issuer, worker] : leaving) worker->stop();
  if (!wait_ended(std::min(grace, limit))) {
    for (const auto& [issuer, worker] : leaving) worker->cancel();
    if (!wait_ended(limit - std::min(grace, limit))) {
      kLogger.warn("deliveries_not_ended", "deliveries were still running at the deadline");
    }
  }
  const std::lock_guard lock{mutex_};
  if (!stopping_) workers_.clear();
}

void FeedSupervisor::stop(std::chrono::milliseconds grace, std::chrono::milliseconds limit) {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  withdraw(grace, limit);
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
