#pragma once

#include "lib/base/errc.hpp"

#include <cstdint>

namespace cw::kafka {

/// What the loop must do next.
enum class TxnAction {
  kInit,         ///< init_transactions().
  kReconcile,    ///< Read committed offsets, settle a batch in hand, assign what must be restored.
  kRestore,      ///< One poll of restoring.
  kPoll,         ///< Fetch a batch. No transaction is open.
  kBegin,        ///< begin_transaction().
  kProcess,      ///< Step and outputs.
  kSendOffsets,  ///< Offsets with fresh group metadata.
  kCommit,
  kApply,     ///< The step takes its overlay over.
  kAbort,     ///< abort_transaction().
  kRewind,    ///< The step drops its overlay; the batch is read again.
  kRecreate,  ///< Destroy the producer, make another with the same id.
  kStop,      ///< For good; stop_reason() says why.
};

/// How the action went.
enum class TxnEvent {
  kOk,          ///< Done; for kPoll: a batch is in hand; for kRestore: everything is restored.
  kNothing,     ///< kPoll: no records; kRestore: not yet complete.
  kRebalanced,  ///< kPoll, kRestore, kReconcile: the assignment changed or must be looked at.
  kRetriable,   ///< Nothing happened; the same call again.
  kAbortable,   ///< The transaction cannot commit any more.
  kIndefinite,  ///< Nobody knows whether it happened.
  kFatal,       ///< The producer is broken.
  kFenced,      ///< Somebody else works under our id.
};

/// The order of the calls of an exactly-once loop: a pure state machine, without I/O or clock.
///
/// The caller performs action(), tells how it went by resume(), and so on. Outputs and offsets of
/// a batch reach kApply only after a commit that is known to have happened (or, by kReconcile,
/// found to have happened); after any other end the batch is read again.
class TxnFsm {
 public:
  /// Calls in one transaction that may be repeated before the producer is given up.
  static constexpr std::uint32_t kRetriesMax = 10;
  /// Producers broken in a row, without a commit between them, before the loop stops.
  static constexpr std::uint32_t kFatalsMax = 5;

  [[nodiscard]] TxnAction action() const noexcept { return action_; }
  /// Returns the next action, the same as action().
  TxnAction resume(TxnEvent event) noexcept;
  /// After kStop: kFenced or kKafkaFatal.
  [[nodiscard]] Errc stop_reason() const noexcept { return stop_reason_; }
  /// A batch was begun and its end is not settled: kReconcile decides by the committed offsets.
  [[nodiscard]] bool batch_in_hand() const noexcept { return batch_in_hand_; }

 private:
  [[nodiscard]] TxnAction next(TxnEvent event) noexcept;
  [[nodiscard]] TxnAction in_transaction(TxnEvent event, TxnAction after) noexcept;
  [[nodiscard]] TxnAction outside(TxnEvent event, TxnAction after, TxnAction nothing) noexcept;
  [[nodiscard]] TxnAction again_or(TxnAction otherwise) noexcept;
  [[nodiscard]] TxnAction give_up(TxnEvent event) noexcept;

  TxnAction action_ = TxnAction::kInit;
  Errc stop_reason_ = Errc::kInternal;
  bool batch_in_hand_ = false;
  std::uint32_t retries_ = 0;
  std::uint32_t fatals_ = 0;
};

}  // namespace cw::kafka
