#pragma once

#include "lib/domain/ids.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/reconcile/reconcile_result.hpp"

#include <string_view>

namespace cw::notifier {

/// What comparisons with issuers tell Prometheus. THREAD: safe.
class ReconcileProbe {
 public:
  explicit ReconcileProbe(telemetry::Registry& metrics);

  void done(const IssuerId& issuer, const ReconcileResult& result) const;
  void failed(const IssuerId& issuer) const;

 private:
  telemetry::Family<telemetry::Counter> runs_;
  telemetry::Family<telemetry::Counter> buckets_;
  telemetry::Family<telemetry::Counter> entries_;
  telemetry::Family<telemetry::Counter> bytes_;
};

}  // namespace cw::notifier
