#pragma once

#include "feed_samples.hpp"
#include "issuer_imposter.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/delivery_worker.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "support/wait.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cw::notifier::test {

/// Keeps cursors in memory, and fails to when told.
class MemoryStateLog final : public FeedStateLog {
 public:
  [[nodiscard]] http::Task<Status> save(codec::FeedState state) override;
  void publish(const codec::FeedState& state) override;

  std::atomic<bool> away = false;
  std::atomic<int> saves = 0;  ///< That succeeded.
  /// The newest state of kIssuer.
  [[nodiscard]] std::optional<codec::FeedState> saved() const;

 private:
  mutable std::mutex mutex_;
  std::map<IssuerId, codec::FeedState> saved_;
};

/// Two io threads, an issuer's endpoint, and everything a DeliveryWorker needs, with pauses of a
/// few milliseconds.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest();
  ~WorkerTest() override;

  static const cw::test::TestCa& ca();

  /// Writes entries of cards first..last as the next records.
  void write_cards(std::uint64_t first, std::uint64_t last);
  void write(const WatchChange& change);
  void bring_key();
  void set_endpoint(std::optional<FeedSettings> settings);

  [[nodiscard]] std::shared_ptr<const DeliveryEnvironment> environment();
  /// A worker from `saved` on; replaces the one before, which must have ended.
  void start(std::optional<codec::FeedState> saved = {});
  void wake(DeliveryWorker::Wake what) { worker_->wake(what); }
  /// Stops it and waits for its end.
  void stop();
  [[nodiscard]] bool ended() const { return *ended_; }

  [[nodiscard]] FeedStatus status() const { return worker_->status(); }
  [[nodiscard]] std::string last_error() const;
  [[nodiscard]] bool all_delivered() const;
  [[nodiscard]] bool until(const std::function<bool()>& happened) const {
    return cw::test::wait_until(happened);
  }
  [[nodiscard]] bool logged(std::string_view text) const;
  /// Waits for it: a status shows what happened before it is logged or counted.
  [[nodiscard]] bool logs(std::string_view text) const {
    return until([&] { return logged(text); });
  }
  [[nodiscard]] bool measures(const std::string& series, double value) const {
    return until([&] { return metric(series) == value; });
  }
  /// The value of a metric's line in the exposition; -1 if there is none.
  [[nodiscard]] double metric(const std::string& series) const;

  boost::asio::io_context io_;
  NotifierConfig config_;
  cw::test::TempDir secrets_;
  KeyRing ring_ = keys().ring();
  ControlView control_{ring_};
  BatchBuilder builder_{ring_};
  telemetry::Registry metrics_;
  FeedProbe probe_{metrics_};
  MemoryStateLog states_;
  FeedStore store_;
  IssuerImposter issuer_{io_, ca()};
  http::Resolver resolver_;  ///< Of workers started from now on; empty: the system's.
  std::shared_ptr<DeliveryWorker> worker_;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
  mutable std::mutex log_mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<telemetry::LogCapture> capture_;
  std::shared_ptr<std::atomic<bool>> ended_ = std::make_shared<std::atomic<bool>>(true);
  std::int64_t offset_ = 0;
  std::uint32_t version_ = 0;
};

}  // namespace cw::notifier::test
