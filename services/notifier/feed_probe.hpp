#pragma once

#include "lib/telemetry/registry.hpp"
#include "notifier/feed_status.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// What the notifier tells Prometheus; the label `issuer` has as many values as there are issuers.
/// THREAD: safe.
class FeedProbe {
 public:
  explicit FeedProbe(telemetry::Registry& metrics);

  void delivery(const IssuerId& issuer, std::string_view outcome, double seconds) const;
  void retry(const IssuerId& issuer) const;
  void delivered(const IssuerId& issuer, std::size_t entries) const;
  void set_aside(const IssuerId& issuer) const;
  void rejected(const IssuerId& issuer, std::size_t entries) const;
  void digest_mismatch(const IssuerId& issuer) const;
  void rewind(const IssuerId& issuer) const;
  /// It acknowledged what it was never sent.
  void never_sent(const IssuerId& issuer) const;
  /// From the approval of a scope revision until a batch of its consequences was accepted, applied.
  void scope_accepted(const IssuerId& issuer, double seconds) const;
  void scope_applied(const IssuerId& issuer, double seconds) const;
  /// A record of `topic` that could not be read.
  void unreadable(std::string_view topic) const;

  /// Sets the gauges.
  void show(const std::vector<FeedStatus>& feeds) const;

 private:
  telemetry::Family<telemetry::Counter> deliveries_;
  telemetry::Family<telemetry::Counter> retries_;
  telemetry::Family<telemetry::Counter> delivered_;
  telemetry::Family<telemetry::Counter> set_aside_;
  telemetry::Family<telemetry::Counter> rejected_;
  telemetry::Family<telemetry::Counter> mismatches_;
  telemetry::Family<telemetry::Counter> rewinds_;
  telemetry::Family<telemetry::Counter> never_sent_;
  telemetry::Family<telemetry::Counter> unreadable_;
  telemetry::Family<telemetry::Histogram> scope_accepted_;
  telemetry::Family<telemetry::Histogram> scope_applied_;
  telemetry::Family<telemetry::Histogram> seconds_;
  telemetry::Family<telemetry::Gauge> entries_;
  telemetry::Family<telemetry::Gauge> pending_;
  telemetry::Family<telemetry::Gauge> held_;
  telemetry::Family<telemetry::Gauge> coalesced_;
  telemetry::Family<telemetry::Gauge> set_aside_now_;
  telemetry::Family<telemetry::Gauge> oldest_;
  telemetry::Family<telemetry::Gauge> failures_;
  telemetry::Family<telemetry::Gauge> circuit_;
  telemetry::Family<telemetry::Gauge> state_;
  telemetry::Family<telemetry::Gauge> digest_equal_;
};

}  // namespace cw::notifier
