#include "lib/kafka/txn_fsm.hpp"

#include "lib/base/assert.hpp"

namespace cw::kafka {

TxnAction TxnFsm::resume(TxnEvent event) noexcept {
  CW_ASSERT(action_ != TxnAction::kStop);
  const auto before = action_;
  action_ = next(event);
  if (action_ != before) retries_ = 0;
  return action_;
}

TxnAction TxnFsm::next(TxnEvent event) noexcept {
  switch (action_) {
    case TxnAction::kInit:
      // The broker may be away for any time: no bound on these.
      if (event == TxnEvent::kRetriable) return TxnAction::kInit;
      return event == TxnEvent::kOk ? TxnAction::kReconcile : give_up(event);
    case TxnAction::kReconcile:
      if (event == TxnEvent::kOk) batch_in_hand_ = false;
      return outside(event, TxnAction::kRestore, TxnAction::kReconcile);
    case TxnAction::kRestore:
      return outside(event, TxnAction::kPoll, TxnAction::kRestore);
    case TxnAction::kPoll:
      return outside(event, TxnAction::kBegin, TxnAction::kPoll);
    case TxnAction::kBegin:
      batch_in_hand_ = true;
      return in_transaction(event, TxnAction::kProcess);
    case TxnAction::kProcess:
      return in_transaction(event, TxnAction::kSendOffsets);
    case TxnAction::kSendOffsets:
      return in_transaction(event, TxnAction::kCommit);
    case TxnAction::kCommit:
      return in_transaction(event, TxnAction::kApply);
    case TxnAction::kApply:
      CW_ASSERT(event == TxnEvent::kOk);
      batch_in_hand_ = false;
      fatals_ = 0;
      return TxnAction::kPoll;
    case TxnAction::kAbort:
      // An abort that needs an abort is a producer that nobody understands.
      if (event == TxnEvent::kAbortable) return give_up(TxnEvent::kFatal);
      return in_transaction(event, TxnAction::kRewind);
    case TxnAction::kRewind:
      batch_in_hand_ = false;
      return outside(event, TxnAction::kPoll, TxnAction::kPoll);
    case TxnAction::kRecreate:
      if (event == TxnEvent::kOk) return TxnAction::kInit;
      return give_up(TxnEvent::kFenced == event ? event : TxnEvent::kFatal);
    case TxnAction::kStop:
      break;
  }
  return TxnAction::kStop;
}

TxnAction TxnFsm::in_transaction(TxnEvent event, TxnAction after) noexcept {
  switch (event) {
    case TxnEvent::kOk:
      return after;
    case TxnEvent::kRetriable:
      return again_or(TxnAction::kRecreate);
    case TxnEvent::kAbortable:
      return TxnAction::kAbort;
    case TxnEvent::kIndefinite:
      return TxnAction::kRecreate;
    case TxnEvent::kNothing:
    case TxnEvent::kRebalanced:
    case TxnEvent::kFatal:
    case TxnEvent::kFenced:
      break;
  }
  return give_up(event);
}

// Outside a transaction only the consumer is at work: its passing errors go on for ever, and
// there is no producer to re-create for the others.
TxnAction TxnFsm::outside(TxnEvent event, TxnAction after, TxnAction nothing) noexcept {
  switch (event) {
    case TxnEvent::kOk:
      return after;
    case TxnEvent::kNothing:
      return nothing;
    case TxnEvent::kRebalanced:
      return TxnAction::kReconcile;
    case TxnEvent::kRetriable:
      return action_;
    default:
      stop_reason_ = event == TxnEvent::kFenced ? Errc::kFenced : Errc::kKafkaFatal;
      return TxnAction::kStop;
  }
}

TxnAction TxnFsm::again_or(TxnAction otherwise) noexcept {
  return ++retries_ <= kRetriesMax ? action_ : otherwise;
}

TxnAction TxnFsm::give_up(TxnEvent event) noexcept {
  if (event == TxnEvent::kIndefinite) return TxnAction::kRecreate;
  const bool fenced = event == TxnEvent::kFenced;
  if (!fenced && ++fatals_ <= kFatalsMax) return TxnAction::kRecreate;
  stop_reason_ = fenced ? Errc::kFenced : Errc::kKafkaFatal;
  return TxnAction::kStop;
}

}  // namespace cw::kafka
