#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/task.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/push_answer.hpp"
#include "notifier/push_target.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace cw::notifier {

/// Where a feed stands when a message besides its entries is made.
struct ExtraPlace {
  IssuerId issuer;
  std::uint32_t epoch = 1;
  /// Our cursor: everything up to it was accepted, nothing beyond it was. A message says what is
  /// true here; its `after` and `through` are this.
  std::uint64_t through = 0;
  /// The issuer's endpoint, with the key to encrypt to; good until next() has ended.
  const PushTarget& target;
};

/// Messages to an issuer besides the entries of its feed, one after the other: verification
/// batches (a probe, a digest), replacing ones (a repair). They go through the same single window
/// as the entries: in turn with these, never two things at once, with the same pauses after
/// failures, and not while the feed is paused or disabled.
///
/// Give one to DeliveryWorker::add(). All calls come from that worker, one after the other;
/// ended() is the last. What a call waits for must not need the worker. THREAD: the worker's
/// strand.
class ExtraWork {
 public:
  virtual ~ExtraWork() = default;

  /// The next message, or nothing: this work is done. An error ends the work; kNotFound (a data key
  /// has not been seen yet) too. After a failure the same bytes are sent again; but next() is asked
  /// once more, without an answered() between, if the feed did something else meanwhile: then it
  /// gives the message anew, for the place as it is now.
  [[nodiscard]] virtual http::Task<Result<std::optional<BuiltBatch>>> next(ExtraPlace place) = 0;

  /// What the issuer answered to the message: kAccepted (outcome.answer holds it), kRefused (400,
  /// 413, 422) or kGap (409; outcome.gap says where it stands, and the cursor is put back if it is
  /// behind). Failed attempts are not told.
  virtual void answered(const PushOutcome& outcome) = 0;

  /// Called once: Ok if next() said that it is done; else why not (the error of next(); kConflict
  /// if the feed was disabled; kCancelled if this process ends).
  virtual void ended(const Status& status) = 0;
};

}  // namespace cw::notifier
