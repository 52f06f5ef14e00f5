#pragma once

#include "lib/base/result.hpp"
#include "notifier/backoff.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cw::notifier {

struct DeliveryOptions {
  std::size_t batch_entries_max = 500;
  BackoffOptions backoff = {};
  /// Between looks at what paused the feed (a key, a certificate) and between attempts to save.
  std::chrono::milliseconds recheck = std::chrono::seconds{30};
  std::uint32_t circuit_failures = 5;  ///< In a row; from then on the circuit is open.
  /// Entries refused alone, one after another, that are passed over to see whether a later one is
  /// accepted. More mean that the receiver refuses everything: that is a failed delivery.
  std::uint32_t refused_in_row_max = 5;
};

/// What happened. `count`, `error` and `retry_after` only where said.
struct DeliveryEvent {
  enum class Kind : std::uint8_t {
    kStart,       ///< The cursor is known.
    kWork,        ///< There may be something new: entries, or data keys.
    kSettings,    ///< The issuer's endpoint or keys, or our own, are new.
    kTimer,       ///< The pause is over.
    kBuilt,       ///< A batch of `count` entries is ready.
    kBuiltEmpty,  ///< Entries were passed over, none is left to send; the cursor has moved.
    kNothing,     ///< Nothing is pending.
    kKeyMissing,  ///< The next entry's data key has not been seen yet.
    kHeld,        ///< The issuer has no endpoint.
    kTrouble,     ///< Our side cannot send: `error` (a key, a certificate, a setting).
    kAccepted,    ///< The issuer stored the batch; `count` entries are done with.
    kFailed,      ///< No, or no good answer: `error`; `retry_after` as a floor.
    kRefused,     ///< 400, 413, 422: this content cannot be taken; `error`.
    kGone,        ///< 410: the endpoint wants nothing more; `error`.
    kGap,         ///< 409: the receiver stands elsewhere; `error`.
    kSaved,       ///< The cursor is in Kafka.
    kSaveFailed,  ///< It is not; `error`.
  };

  Kind kind = Kind::kWork;
  std::size_t count = 0;
  Error error = {};
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// What to do next. Its outcome is the next event.
struct DeliveryAction {
  enum class Kind : std::uint8_t {
    kBuild,  ///< Make the next batch of at most `entries_max` -> kBuilt ... kTrouble.
    kSend,   ///< Send the batch at hand, the same bytes under the same id each time.
    kSave,   ///< Write the cursor to Kafka -> kSaved, kSaveFailed.
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
  std::size_t entries_max = 0;
  PassOver pass_over = PassOver::kKeep;  ///< Of kBuild.
  bool retry = false;                    ///< Of kSend: not the first time.
  /// Nothing: until interrupted. A stop interrupts every wait.
  std::optional<std::chrono::milliseconds> pause = {};
  bool wakes_on_work = false;
  bool wakes_on_settings = true;
};

/// What is shown of a delivery.
enum class DeliveryPhase : std::uint8_t {
  kStarting,
  kIdle,  ///< Everything is delivered.
  kBuilding,
  kSending,
  kSaving,
  kBackingOff,
  kWaitingForKey,
  kHeld,
  kPaused,
  kDisabled,
  kEnded,
};

[[nodiscard]] std::string_view text(DeliveryPhase phase) noexcept;

/// The delivery of one issuer's feed as a state machine without I/O: resume(what happened) gives
/// what to do next, one thing at a time, so at most one batch is under way.
///
/// The same batch is tried until it is accepted, split or made again because the settings changed;
/// failures never move the cursor, and an entry is given up only once a later one was accepted. An
/// event that does not answer the last action is a bug and stops the process. THREAD: not safe.
class DeliveryFsm {
 public:
  /// `disabled`: start as after a 410.
  DeliveryFsm(DeliveryOptions options, Dice dice, bool disabled = false);

  [[nodiscard]] DeliveryAction resume(const DeliveryEvent& event);

  /// From now on nothing new is begun: what is under way ends, what was accepted is saved.
  /// A wait must be interrupted by the caller (with kWork).
  void request_stop() noexcept { stopping_ = true; }

  [[nodiscard]] DeliveryPhase phase() const noexcept { return phase_; }
  /// The endpoint answered 410 and the settings have not changed since.
  [[nodiscard]] bool disabled() const noexcept { return disabled_; }
  /// Failed deliveries in a row.
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }
  [[nodiscard]] bool circuit_open() const noexcept {
    return failures_ >= options_.circuit_failures;
  }
  /// What went wrong last and is not mended yet.
  [[nodiscard]] const std::optional<Error>& last_error() const noexcept { return last_error_; }

 private:
  using Event = DeliveryEvent;
  using Action = DeliveryAction;
  using PassOver = DeliveryAction::PassOver;

  Action after_wait(const Event& event);
  Action after_build(const Event& event);
  Action after_send(const Event& event);
  Action after_save(const Event& event);
  Action build(PassOver pass_over = PassOver::kKeep);
  Action send(bool retry);
  Action save();
  Action wait(DeliveryPhase phase,
              std::optional<std::chrono::milliseconds> pause,
              bool wakes_on_work = false);
  Action pause(const Error& error);
  Action fail(const Event& event);
  Action refuse(const Event& event);
  Action refuses_everything(const Event& event);
  Action end();

  DeliveryOptions options_;
  Dice dice_;
  DeliveryPhase phase_ = DeliveryPhase::kStarting;
  bool disabled_ = false;
  bool stopping_ = false;
  bool paused_ = false;       ///< last_error_ is what paused it.
  bool save_retry_ = false;   ///< Waiting to save again.
  bool save_failed_ = false;  ///< last_error_ is from saving.
  std::size_t batch_count_ = 0;
  /// Of the entries after the cursor, this many hold one that the receiver refused; 0: no
  /// suspicion.
  std::size_t suspects_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t passed_over_ = 0;  ///< Entries, for the time being.
  bool begin_again_ = false;       ///< After the pause, with none passed over.
  std::optional<Error> last_error_;
};

}  // namespace cw::notifier
