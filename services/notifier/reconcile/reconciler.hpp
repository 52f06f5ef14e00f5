#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/task.hpp"
#include "lib/telemetry/logger.hpp"
#include "notifier/reconcile/reconcile_probe.hpp"
#include "notifier/reconcile/reconcile_work.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cw::notifier {

struct ReconcileOptions {
  /// Between two comparisons with an issuer; each issuer's turn lies at a moment of its own.
  std::chrono::milliseconds interval = std::chrono::hours{24};
  /// Between looks at whose turn it is, and between attempts while entries are under way.
  std::chrono::milliseconds retry = std::chrono::seconds{1};
  /// How long a comparison waits for a moment at which nothing is pending.
  std::chrono::milliseconds patience = std::chrono::seconds{60};
  RepairLimits limits = {};
};

/// Which turn an issuer's schedule has come to at `at`: it rises by one every `interval`, at a
/// moment that depends on the issuer alone, so that issuers are spread over the interval and a
/// restart neither skips nor repeats one.
[[nodiscard]] std::int64_t turn_of(const IssuerId& issuer,
                                   Instant at,
                                   std::chrono::milliseconds interval);

/// Compares pushed feeds with what their issuers hold: on schedule, and on request.
/// THREAD: safe. Owned by a shared_ptr, which running coroutines share.
class Reconciler : public std::enable_shared_from_this<Reconciler> {
 public:
  /// What it needs of the rest of the notifier; all THREAD: safe.
  struct Hooks {
    /// The issuers whose feeds are pushed from here and enabled.
    std::function<std::vector<IssuerId>()> issuers;
    /// Null if it has no feed here.
    std::function<std::shared_ptr<IssuerFeed>(const IssuerId&)> feed;
    /// Hands the work to the issuer's delivery, which calls ended() in any case. Fails if it has
    /// none, or none that sends.
    std::function<Status(const IssuerId&, std::shared_ptr<ExtraWork>)> add;
  };

  Reconciler(boost::asio::any_io_executor executor,
             ReconcileOptions options,
             const BatchBuilder& builder,
             const ReconcileProbe& probe,
             Hooks hooks);

  /// Begins the schedule.
  void start();
  /// Begins nothing more; comparisons under way end with their deliveries.
  void stop();

  /// Compares now and repairs. Fails with kFeedNotHere, kConflict (one is under way; or as
  /// ReconcileWork), kUnavailable (entries stay pending, or stopping) or like Hooks::add.
  [[nodiscard]] http::Task<Result<ReconcileResult>> run(IssuerId issuer);

  /// What the last one found since this process started.
  [[nodiscard]] std::optional<ReconcileResult> last(const IssuerId& issuer) const;

 private:
  struct Turn {
    bool running = false;
    std::int64_t done = 0;  ///< The schedule's turn that was begun last.
    bool known = false;
    std::optional<ReconcileResult> last = {};
  };
  using Outcome = Result<ReconcileResult>;

  [[nodiscard]] static http::Task<void> schedule(std::shared_ptr<Reconciler> self);
  [[nodiscard]] static http::Task<void> run_scheduled(std::shared_ptr<Reconciler> self,
                                                      IssuerId issuer);
  [[nodiscard]] std::vector<IssuerId> due(Instant at);
  [[nodiscard]] bool begin(const IssuerId& issuer);
  void end(const IssuerId& issuer, const Outcome& outcome);
  void take_turn_back(const IssuerId& issuer);
  [[nodiscard]] http::Task<Outcome> attempts(IssuerId issuer);
  [[nodiscard]] http::Task<Outcome> attempt(IssuerId issuer);
  [[nodiscard]] bool stopping() const;
  void tell(const IssuerId& issuer, const Outcome& outcome);

  const boost::asio::any_io_executor executor_;
  const ReconcileOptions options_;
  const BatchBuilder& builder_;
  const ReconcileProbe& probe_;
  const Hooks hooks_;
  const telemetry::Logger logger_{"notifier"};

  const std::shared_ptr<boost::asio::steady_timer> clock_;  ///< Of schedule(); on its strand.
  mutable std::mutex mutex_;                                ///< Guards what follows.
  bool stopping_ = false;
  std::map<IssuerId, Turn> turns_;
};

}  // namespace cw::notifier
