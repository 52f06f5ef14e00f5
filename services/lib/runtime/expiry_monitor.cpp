#include "lib/runtime/expiry_monitor.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <iterator>

namespace cw::runtime {

ExpiryMonitor::ExpiryMonitor(const boost::asio::any_io_executor& executor,
                             telemetry::Registry& metrics)
    : days_(metrics.gauges({"cardwatch_expiry_days",
                            "Days until a certificate or key ends; negative: it has ended.",
                            {"kind", "issuer"}})),
      timer_(executor) {}

void ExpiryMonitor::add(Source source) {
  const std::lock_guard lock{mutex_};
  sources_.push_back(std::move(source));
}

void ExpiryMonitor::start() {
  look(now());
  const std::lock_guard lock{mutex_};
  wait();
}

void ExpiryMonitor::look(Instant at) {
  const std::lock_guard lock{mutex_};
  if (stopped_) return;
  std::vector<Expiring> all;
  for (const Source& source : sources_) {
    auto some = source();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  show(all, at);
  for (const auto& notice : watch_.look(all, at)) {
    logger_.alarm("expiry_near",
                  notice.days_left < 0 ? "A certificate or key has ended: put a new one in place"
                                       : "A certificate or key is about to end: renew it",
                  {{"kind", notice.what.kind},
                   {"issuer", notice.what.issuer},
                   {"days_left", notice.days_left},
                   {"ends", format_instant(notice.what.ends)}});
  }
}

void ExpiryMonitor::show(const std::vector<Expiring>& all, Instant at) {
  using Days = std::chrono::duration<double, std::chrono::days::period>;
  std::set<std::pair<std::string, std::string>> gone;
  gone.swap(shown_);
  for (const Expiring& each : all) {
    days_.with({each.kind, each.issuer}).set(Days{each.ends - at}.count());
    gone.erase({each.kind, each.issuer});
    shown_.emplace(each.kind, each.issuer);
  }
  for (const auto& [kind, issuer] : gone) days_.remove({kind, issuer});
}

void ExpiryMonitor::wait() {
  if (stopped_) return;
  timer_.expires_after(kInterval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    look(now());
    const std::lock_guard lock{mutex_};
    wait();
  });
}

void ExpiryMonitor::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  sources_.clear();
  timer_.cancel();
}

}  // namespace cw::runtime
