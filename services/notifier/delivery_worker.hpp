#pragma once

#include "lib/base/result.hpp"
#include "lib/http/task.hpp"
#include "lib/http/tls_context.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/control_view.hpp"
#include "notifier/delivery_fsm.hpp"
#include "notifier/feed_probe.hpp"
#include "notifier/feed_state_log.hpp"
#include "notifier/feed_status.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/notifier_config.hpp"
#include "notifier/push_target.hpp"
#include "notifier/pusher.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace cw::notifier {

/// What all workers share. What it refers to outlives them.
struct DeliveryEnvironment {
  const NotifierConfig& config;
  const ControlView& control;
  const BatchBuilder& builder;
  const FeedProbe& probe;
  FeedStateLog& states;
  std::shared_ptr<http::TlsContext> tls;  ///< The certificate shown to issuers; never null.
  Dice dice;                              ///< THREAD: safe.
  std::function<void(Error)> fail;        ///< For what only a restart mends.
};

/// Delivers one issuer's feed: performs the actions of a DeliveryFsm, one at a time, on a strand
/// and over a connection of its own, so that an issuer's slowness is its own affair. Holds at most
/// one batch.
///
/// THREAD: safe. Owned by a shared_ptr, which the running coroutine shares.
class DeliveryWorker : public std::enable_shared_from_this<DeliveryWorker> {
 public:
  /// New entries or data keys; new settings of the issuer; new keys or certificates of ours.
  enum class Wake : std::uint8_t { kWork, kSettings, kReload };

  DeliveryWorker(boost::asio::any_io_executor executor,
                 std::shared_ptr<const DeliveryEnvironment> environment,
                 std::shared_ptr<IssuerFeed> feed);

  /// Goes on from `saved`; without it, or if it is of another epoch, from the beginning. `on_end`
  /// is called once, when nothing runs any more. Call it once.
  void start(const std::optional<codec::FeedState>& saved, std::function<void()> on_end);

  /// There may be something new.
  void wake(Wake what);
  /// Begins nothing new; on_end tells when it is done.
  void stop();
  /// Ends a push that is under way; the issuer may or may not have the batch, which is sent again
  /// under the same id after a restart.
  void cancel();

  [[nodiscard]] FeedStatus status() const;

 private:
  using Event = DeliveryEvent;

  void note(Wake what);
  void restore(const std::optional<codec::FeedState>& saved);
  [[nodiscard]] static http::Task<void> run(std::shared_ptr<DeliveryWorker> self);
  [[nodiscard]] DeliveryAction next(const Event& event);
  [[nodiscard]] http::Task<Event> perform(const DeliveryAction& action);

  [[nodiscard]] http::Task<Event> build(const DeliveryAction& action);
  [[nodiscard]] IssuerFeed::Window next_window(std::size_t entries_max);
  [[nodiscard]] Event build_batch(std::size_t entries_max);
  [[nodiscard]] Result<bool> prepare_target();
  [[nodiscard]] http::Task<void> hash_delivered();
  [[nodiscard]] http::Task<Event> send(bool retry);
  void note_accepted(const PushOutcome& outcome);
  void note_unsendable(std::uint64_t through);
  void note_set_aside(std::uint64_t seq, std::string_view code);
  [[nodiscard]] http::Task<Event> save();
  [[nodiscard]] http::Task<Event> wait(DeliveryAction action);
  [[nodiscard]] std::optional<Event> interruption(const DeliveryAction& action);

  [[nodiscard]] codec::FeedState state() const;
  void show();
  void tell(DeliveryPhase before, bool circuit_before);
  void tell_trouble(const Error& error);
  void tell_once(std::string_view event, const Error& error);
  void tell_digest();

  const boost::asio::any_io_executor strand_;
  const std::shared_ptr<const DeliveryEnvironment> env_;
  const std::shared_ptr<IssuerFeed> feed_;
  const IssuerId issuer_;
  const telemetry::Logger logger_{"notifier"};

  // Only on the strand.
  DeliveryFsm fsm_;
  Pusher pusher_;
  boost::asio::steady_timer timer_;
  bool work_ = false;
  bool settings_new_ = false;
  bool reload_ = false;
  bool stopping_ = false;
  std::optional<PushTarget> target_;
  std::optional<Error> cursor_error_;  ///< The saved cursor is of no use; a new epoch mends it.
  BuiltBatch batch_;
  std::set<std::uint64_t> passed_over_;  ///< Refused alone; set aside once a later one is taken.
  std::uint64_t accepted_through_ = 0;
  std::uint64_t applied_through_ = 0;
  std::optional<bool> digest_equal_;
  std::optional<std::string> told_;  ///< The trouble that stands in the log already.
  telemetry::Throttle failure_lines_;
  telemetry::Throttle set_aside_lines_;

  mutable std::mutex mutex_;
  DeliveryStatus shown_;  ///< Guarded by mutex_.
};

}  // namespace cw::notifier
