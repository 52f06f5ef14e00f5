#pragma once

#include "lib/runtime/expiry_watch.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/registry.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cw::runtime {

/// Looks every minute at what is about to end: the metric `cardwatch_expiry_days` by kind and
/// issuer, and the alarm `expiry_near` when 30, 14, 7, 1 days are left and when it has ended.
/// THREAD: safe.
class ExpiryMonitor {
 public:
  using Source = std::function<std::vector<Expiring>()>;

  ExpiryMonitor(const boost::asio::any_io_executor& executor, telemetry::Registry& metrics);

  /// Asked at every look until stop(), from any io thread; must be quick and safe to call there.
  void add(Source source);
  /// Looks now, then every kInterval.
  void start();
  /// Looks once, out of turn.
  void look(Instant at);
  /// No source is asked any more once this has returned.
  void stop();

 private:
  static constexpr std::chrono::minutes kInterval{1};

  void wait();
  void show(const std::vector<Expiring>& all, Instant at);

  const telemetry::Logger logger_{"expiry"};
  telemetry::Family<telemetry::Gauge> days_;
  std::mutex mutex_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  std::vector<Source> sources_;
  ExpiryWatch watch_;
  std::set<std::pair<std::string, std::string>> shown_;
};

}  // namespace cw::runtime
