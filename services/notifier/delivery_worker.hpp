#pragma once

#include "lib/base/result.hpp"
#include "lib/http/task.hpp"
#include "lib/http/tls_context.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/build_gate.hpp"
#include "notifier/control_view.hpp"
#include "notifier/delivery_fsm.hpp"
#include "notifier/extra_work.hpp"
#include "notifier/feed_order.hpp"
#include "notifier/feed_probe.hpp"
#include "notifier/feed_state_log.hpp"
#include "notifier/feed_status.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/notifier_config.hpp"
#include "notifier/push_target.hpp"
#include "notifier/pusher.hpp"
#include "notifier/scope_delay.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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
  /// Turns at making messages; null: no bound.
  std::shared_ptr<BuildGate> gate = nullptr;
  /// Keeps what an answer to a push says of cards; may be empty. If that fails the push has failed,
  /// so that the issuer is asked again. THREAD: safe.
  std::function<http::Task<Status>(std::shared_ptr<IssuerFeed>,
                                   std::vector<codec::FeedAnswer::Card>)>
      on_cards = {};
  /// Told when an issuer may have new entries, for those that pull; may be empty. THREAD: safe.
  std::function<void(const IssuerId&)> on_work = {};
  http::Resolver resolver = {};  ///< Of the issuers' host names; empty: the system's.
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

  /// Carries out an order, between messages. Nothing if that is not done within `patience`: it
  /// will be. Fails like check_order(), with kConflict (a replay beyond the cursor, a probe without
  /// an endpoint), with what came of a probe, or with kCancelled if this process ends.
  [[nodiscard]] http::Task<std::optional<Status>> order(FeedOrder order,
                                                        std::chrono::milliseconds patience);
  /// Sends its messages in turn with the feed's entries. Ends at once with kConflict if the feed
  /// is paused or disabled or has no endpoint.
  void add(std::shared_ptr<ExtraWork> work);
  /// What the issuer tells by itself (POST /v1/feed/ack): moves the cursor of one that pulls, and
  /// what is applied of any. What was never sent is cut off, with an alarm. Fails with
  /// kAckBackwards, changing nothing, or like FeedStateLog::save.
  [[nodiscard]] http::Task<Status> acknowledge(codec::FeedAck ack);

  /// Begins nothing new; on_end tells when it is done.
  void stop();
  /// Ends a push that is under way; the issuer may or may not have the batch, which is sent again
  /// under the same id after a restart.
  void cancel();

  [[nodiscard]] FeedStatus status() const;
  [[nodiscard]] const std::shared_ptr<IssuerFeed>& feed() const noexcept { return feed_; }

 private:
  using Event = DeliveryEvent;
  using Self = std::shared_ptr<DeliveryWorker>;

  /// Somebody who waits for an order.
  struct Ticket {
    explicit Ticket(const boost::asio::any_io_executor& strand) : done(strand) {}
    boost::asio::steady_timer done;
    std::optional<Status> outcome = {};
  };

  void note(Wake what);
  void restore(const std::optional<codec::FeedState>& saved);
  [[nodiscard]] static http::Task<void> run(std::shared_ptr<DeliveryWorker> self);
  [[nodiscard]] DeliveryAction next(const Event& event);
  [[nodiscard]] http::Task<Event> perform(const DeliveryAction& action);

  [[nodiscard]] http::Task<Event> build(const DeliveryAction& action);
  [[nodiscard]] http::Task<Event> build_entries(const DeliveryAction& action);
  [[nodiscard]] http::Task<Event> build_message(DeliveryPurpose purpose);
  [[nodiscard]] http::Task<Event> build_extra();
  [[nodiscard]] http::Task<std::unique_ptr<BuildGate::Turn>> turn();
  [[nodiscard]] ExtraPlace place() const;
  [[nodiscard]] IssuerFeed::Window next_window(std::size_t entries_max);
  [[nodiscard]] Event build_batch(std::size_t entries_max);
  [[nodiscard]] Result<bool> prepare_target();
  [[nodiscard]] http::Task<void> hash_delivered();
  [[nodiscard]] http::Task<Event> send(const DeliveryAction& action);
  [[nodiscard]] http::Task<void> keep_cards(PushOutcome& outcome);
  void note_outcome(DeliveryPurpose purpose, PushOutcome& outcome);
  [[nodiscard]] bool catch_up(const codec::FeedAnswer& answer);
  void note_accepted(PushOutcome& outcome);
  void note_applied(std::uint64_t applied_through);
  void note_never_sent(std::uint64_t told_through);
  void judge_gap(PushOutcome& outcome) const;
  [[nodiscard]] Event put_back(std::uint64_t through);
  void note_unsendable(std::uint64_t through);
  [[nodiscard]] std::vector<SetAsideMark> unsendable_marks() const;
  void note_set_aside(std::uint64_t seq, std::string_view code);
  [[nodiscard]] http::Task<Event> save();
  [[nodiscard]] http::Task<Event> wait(DeliveryAction action);
  [[nodiscard]] std::optional<Event> interruption(
      const DeliveryAction& action, std::chrono::steady_clock::time_point until) const;

  [[nodiscard]] static http::Task<std::optional<Status>> order_on_strand(
      Self self, FeedOrder order, std::chrono::milliseconds patience);
  [[nodiscard]] static http::Task<std::optional<Status>> acknowledge_on_strand(Self self,
                                                                               codec::FeedAck ack);
  [[nodiscard]] Status take_ack(const codec::FeedAck& ack);
  [[nodiscard]] Status take_rejected(std::uint64_t accepted,
                                     const std::vector<codec::FeedAnswer::Rejection>& rejected);
  [[nodiscard]] bool pulls() const;
  void hand_out_outcomes();
  void begin_extra(std::shared_ptr<ExtraWork> work);
  void end_extras(const Status& status);
  void on_ended();

  [[nodiscard]] codec::FeedState state() const;
  void show();
  void tell(DeliveryPhase before);
  void tell_circuit(const telemetry::Logger::Fields& fields);
  void tell_trouble(const Error& error);
  [[nodiscard]] Error disabled_because(const Error& error) const;
  void tell_once(std::string_view event, const Error& error);
  void tell_standing(const FeedStanding& before);
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
  bool ended_ = false;
  std::deque<std::shared_ptr<Ticket>> tickets_;  ///< One an order, in their order.
  std::deque<std::shared_ptr<ExtraWork>> extras_;
  std::optional<PushTarget> target_;
  std::optional<Error> cursor_error_;  ///< The saved cursor is of no use; a new epoch mends it.
  BuiltBatch batch_;
  std::string sent_id_;                  ///< Of the batch that was sent last.
  std::set<std::uint64_t> passed_over_;  ///< Refused alone; set aside once a later one is taken.
  std::uint64_t accepted_through_ = 0;
  std::uint64_t applied_through_ = 0;
  std::uint64_t sent_through_ = 0;  ///< Of everything that was ever sent, as far as is known.
  std::uint64_t rewinds_ = 0;
  std::optional<Instant> next_attempt_at_;
  std::optional<std::chrono::steady_clock::time_point> rewound_at_;
  std::chrono::steady_clock::time_point saved_at_ = {};  ///< The cursor, last.
  ScopeDelay scope_delay_;
  std::optional<bool> digest_equal_;
  std::optional<std::string> told_;  ///< The trouble that stands in the log already.
  bool circuit_told_ = false;
  telemetry::Throttle failure_lines_;
  telemetry::Throttle set_aside_lines_;

  mutable std::mutex mutex_;
  DeliveryStatus shown_;  ///< Guarded by mutex_.
};

}  // namespace cw::notifier
