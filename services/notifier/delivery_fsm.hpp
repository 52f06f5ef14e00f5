#pragma once

#include "lib/base/result.hpp"
#include "notifier/backoff.hpp"
#include "notifier/feed_order.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::notifier {

struct DeliveryOptions {
  std::size_t batch_entries_max = 500;
  BackoffOptions backoff = {};
  /// Between looks at what paused the feed (a key, a certificate) and between attempts to save.
  std::chrono::milliseconds recheck = std::chrono::seconds{30};
  /// In a row; then the circuit opens: only probes are sent, one at a time, until one passes.
  std::uint32_t circuit_failures = 5;
  /// Entries refused alone, one after another, that are passed over to see whether a later one is
  /// accepted. More mean that the receiver refuses everything: that is a failed delivery.
  std::uint32_t refused_in_row_max = 5;
  /// Begin with a probe: the answer may tell that the issuer has more than is known here.
  bool ask_first = false;
  /// How long a feed that has come to rest waits before it saves a cursor that may be saved later.
  std::chrono::milliseconds save_patience = std::chrono::seconds{1};
};

/// What a message to the issuer is for.
enum class DeliveryPurpose : std::uint8_t {
  kEntries,  ///< A batch of the feed.
  kProbe,    ///< A verification batch: does the endpoint work, and where does it stand?
  kNotice,   ///< A verification batch that announces a change of state.
  kExtra,    ///< The next message of the extra work (extra_work.hpp).
};

/// What happened. Members other than `kind` only where said.
struct DeliveryEvent {
  enum class Kind : std::uint8_t {
    kStart,       ///< The cursor is known.
    kWork,        ///< There may be something new: entries, data keys, extra work.
    kSettings,    ///< The issuer's endpoint or keys, or our own, are new.
    kTimer,       ///< The pause is over.
    kOrder,       ///< An order came during a wait; `remaining` is what was left of the pause.
    kBuilt,       ///< A message is ready, of `count` entries if it is of the feed.
    kBuiltEmpty,  ///< Entries were passed over, none is left to send; the cursor has moved.
    kNothing,     ///< Nothing is pending (the extra work is done).
    kKeyMissing,  ///< The next entry's data key has not been seen yet.
    kHeld,        ///< The issuer has no endpoint.
    kTrouble,     ///< Our side cannot send: `error` (a key, a certificate, a setting).
    kAccepted,    ///< The issuer stored the batch; `count` entries are done with, `save_later`.
                  ///< Or it answered a probe; `moved`.
    kFailed,      ///< No, or no good answer: `error`; `retry_after` as a floor.
    kRefused,     ///< 400, 413, 422: this content cannot be taken; `error`.
    kGone,        ///< 410: the endpoint wants nothing more; `error`.
    kGap,         ///< 409: the receiver stands at `through`; `error`, `may_rewind`.
    kMoved,       ///< The cursor was put back.
    kMoveFailed,  ///< It was not; `error`.
    kSaved,       ///< The cursor is in Kafka.
    kSaveFailed,  ///< It is not; `error`.
  };

  Kind kind = Kind::kWork;
  std::size_t count = 0;
  Error error = {};
  std::optional<std::chrono::milliseconds> retry_after = {};
  std::optional<std::chrono::milliseconds> remaining = {};
  std::uint64_t through = 0;
  bool may_rewind = false;  ///< It is behind us, and the last rewind is a while ago.
  bool moved = false;       ///< The cursor is now where the issuer says that it stands.
  /// The cursor need not be saved at once: the issuer tells it, too, should this process die.
  bool save_later = false;
};

/// What to do next. Its outcome is the next event.
struct DeliveryAction {
  enum class Kind : std::uint8_t {
    kBuild,  ///< Make the next message, of at most `entries_max` -> kBuilt ... kTrouble.
    kSend,   ///< Send the message at hand, the same bytes under the same id each time.
    kMove,   ///< Put the cursor back to `through` -> kMoved, kMoveFailed.
    kSave,   ///< Write cursor and state to Kafka -> kSaved, kSaveFailed.
    kWait,   ///< For `pause` -> kTimer, or what wakes it.
    kEnd,    ///< No more.
  };

  /// Entries that were refused alone are passed over for the time being. Once a later one is
  /// accepted they are set aside; only that shows that the fault was theirs.
  enum class PassOver : std::uint8_t {
    kKeep,    ///< Those passed over already.
    kAdd,     ///< The one of the batch at hand too.
    kForget,  ///< None: begin with the first of them again.
  };

  Kind kind = Kind::kEnd;
  DeliveryPurpose purpose = DeliveryPurpose::kEntries;  ///< Of kBuild and kSend.
  std::size_t entries_max = 0;
  PassOver pass_over = PassOver::kKeep;  ///< Of kBuild for entries.
  bool retry = false;                    ///< Of kSend: not the first time.
  std::uint64_t through = 0;             ///< Of kMove.
  /// Nothing: until interrupted. A stop interrupts every wait.
  std::optional<std::chrono::milliseconds> pause = {};
  bool wakes_on_work = false;
  bool wakes_on_settings = true;
  bool wakes_on_order = true;
};

/// What is shown of a delivery.
enum class DeliveryPhase : std::uint8_t {
  kStarting,
  kIdle,  ///< Everything is delivered.
  kBuilding,
  kSending,
  kMoving,
  kSaving,
  kBackingOff,
  kWaitingForKey,
  kHeld,
  kPaused,  ///< By an order, or by trouble of ours.
  kDisabled,
  kEnded,
};

[[nodiscard]] std::string_view text(DeliveryPhase phase) noexcept;

/// The delivery of one issuer's feed as a state machine without I/O: resume(what happened) gives
/// what to do next, one thing at a time, so at most one message is under way.
///
/// The same batch is tried until it is accepted, split or made again because the settings changed;
/// failures never move the cursor, and an entry is given up only once a later one was accepted.
/// A cursor that may be saved later is saved before any wait and before the end; only at rest the
/// next entries may come first: it is saved when they have not come for `save_patience`.
/// Orders are carried out between messages, in turn. While paused only notices and ordered probes
/// are sent; while disabled only the notice that this ends. An event that does not answer the last
/// action is a bug and stops the process. THREAD: not safe.
class DeliveryFsm {
 public:
  /// `standing`: as the last process left it.
  DeliveryFsm(DeliveryOptions options, Dice dice, FeedStanding standing = {});

  [[nodiscard]] DeliveryAction resume(const DeliveryEvent& event);

  /// From now on nothing new is begun: what is under way ends, what was accepted is saved.
  /// A wait must be interrupted by the caller (with kWork).
  void request_stop() noexcept { stopping_ = true; }
  /// Carried out when its turn comes; a wait that an order wakes must be interrupted (kOrder).
  void add(FeedOrder order) { orders_.push_back(std::move(order)); }
  [[nodiscard]] bool has_orders() const noexcept { return !orders_.empty(); }
  /// What became of orders since the last call, in their order.
  [[nodiscard]] std::vector<Status> take_outcomes() { return std::exchange(outcomes_, {}); }
  /// Whether extra work waits; tell it before each event.
  void set_extra_waiting(bool waiting) noexcept { extra_waiting_ = waiting; }

  [[nodiscard]] DeliveryPhase phase() const noexcept { return phase_; }
  [[nodiscard]] const FeedStanding& standing() const noexcept { return standing_; }
  [[nodiscard]] bool disabled() const noexcept {
    return standing_.state == codec::FeedStatus::kDisabled;
  }
  /// What a kNotice announces: how the feed will stand.
  [[nodiscard]] FeedStanding announced() const { return standing_after(orders_.front()); }
  /// Failed deliveries in a row; they end with one that succeeds, or when nothing is left to send.
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }
  [[nodiscard]] bool circuit_open() const noexcept { return circuit_open_; }
  /// Whether the issuer has been asked where it stands (or need not be).
  [[nodiscard]] bool asked() const noexcept { return asked_; }
  /// What went wrong last and is not mended yet.
  [[nodiscard]] const std::optional<Error>& last_error() const noexcept { return last_error_; }

 private:
  friend struct DeliveryFsmPeek;  ///< Of the test that walks the graph of states.

  using Event = DeliveryEvent;
  using Action = DeliveryAction;
  using PassOver = DeliveryAction::PassOver;
  using Purpose = DeliveryPurpose;

  Action after_wait(const Event& event);
  Action after_backoff();
  Action after_build(const Event& event);
  Action after_build_entries(const Event& event);
  Action after_build_order(const Event& event);
  Action after_send(const Event& event);
  Action after_send_entries(const Event& event);
  Action after_send_extra(const Event& event);
  Action after_probe(const Event& event);
  Action after_notice(const Event& event);
  Action after_move(const Event& event);
  Action after_save(const Event& event);

  Action decide();
  Action begin_order();
  Action apply_order();
  void finish_order(Status outcome);
  Action build(PassOver pass_over = PassOver::kKeep);
  Action build_message(Purpose purpose);
  Action send(bool retry);
  Action move(std::uint64_t through);
  Action save();
  Action wait(DeliveryPhase phase, Action action = {});
  Action rest();
  Action pause(const Error& error);
  Action fail(const Event& event);
  Action gone(const Event& event);
  Action refuse(const Event& event);
  Action refuses_everything(const Event& event);
  Action end();

  DeliveryOptions options_;
  Dice dice_;
  FeedStanding standing_;
  std::deque<FeedOrder> orders_;  ///< The first one may be under way.
  std::vector<Status> outcomes_;

  DeliveryPhase phase_ = DeliveryPhase::kStarting;
  Purpose purpose_ = Purpose::kEntries;  ///< Of the message at hand.
  bool stopping_ = false;
  bool paused_ = false;         ///< last_error_ is what paused it.
  bool save_retry_ = false;     ///< Waiting to save again.
  bool save_failed_ = false;    ///< last_error_ is from saving.
  bool order_begun_ = false;    ///< The first order is under way.
  bool extra_waiting_ = false;  ///< As the caller said.
  bool extra_last_ = false;     ///< The last turn was the extra work's.
  bool circuit_open_ = false;
  bool asked_ = true;
  bool unsaved_ = false;  ///< The cursor has moved since it was saved.
  /// The wait that begins once the cursor is saved.
  std::optional<std::pair<DeliveryPhase, Action>> owed_wait_;
  bool resend_ = false;  ///< After the pause: the message at hand again.
  /// What is left of a pause after a failure that an order has interrupted.
  std::optional<std::chrono::milliseconds> owed_;
  std::size_t batch_count_ = 0;
  /// Of the entries after the cursor, this many hold one that the receiver refused; 0: no
  /// suspicion.
  std::size_t suspects_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t passed_over_ = 0;  ///< Entries, for the time being.
  bool begin_again_ = false;       ///< With the next batch, with none passed over.
  std::optional<Error> last_error_;
};

}  // namespace cw::notifier
