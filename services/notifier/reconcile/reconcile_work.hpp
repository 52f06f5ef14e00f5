#pragma once

#include "notifier/extra_work.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/reconcile/reconcile_result.hpp"
#include "notifier/reconcile/repair_cut.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace cw::notifier {

/// One comparison with a pushing issuer, and the repair of what differs: a verification batch with
/// our digest, to which the issuer names the buckets in which it differs; replacing batches for
/// these buckets alone; then the digest again. A batch that the issuer refuses is cut smaller.
///
/// Ends with kUnavailable while entries are pending or not hashed yet (nothing to compare; try
/// again), kConflict (the issuer stands at another seq, or does not compare), kRemoteRefused (it
/// refuses), or like open_bucket. THREAD: as ExtraWork.
class ReconcileWork final : public ExtraWork {
 public:
  using Done = std::function<void(Result<ReconcileResult>)>;

  /// `builder` outlives it; `done` is called once.
  ReconcileWork(const BatchBuilder& builder,
                std::shared_ptr<IssuerFeed> feed,
                RepairLimits limits,
                Done done);

  [[nodiscard]] http::Task<Result<std::optional<BuiltBatch>>> next(ExtraPlace place) override;
  void answered(const PushOutcome& outcome) override;
  void ended(const Status& status) override;

 private:
  enum class Stage : std::uint8_t { kCompare, kRepair, kConfirm, kDone };
  using Message = Result<std::optional<BuiltBatch>>;

  [[nodiscard]] Message digest_batch(const ExtraPlace& place);
  [[nodiscard]] http::Task<Message> repair_batch(ExtraPlace place);
  [[nodiscard]] Message part_batch(const ExtraPlace& place);
  void compared(const std::vector<crypto::Bucket>& differing);
  void repaired();
  void refused(const PushOutcome& outcome);

  const BatchBuilder& builder_;
  const std::shared_ptr<IssuerFeed> feed_;
  RepairLimits limits_;
  Done done_;

  Stage stage_ = Stage::kCompare;
  std::optional<Error> failure_;
  ReconcileResult result_;
  std::deque<crypto::Bucket> left_;  ///< Buckets to repair; the first may be under way.
  std::uint64_t from_ = 0;           ///< The first bucket is repaired up to here.
  std::deque<RepairPart> parts_;     ///< The rest of it, as at parts_at_.
  std::uint64_t parts_at_ = 0;
  std::size_t body_bytes_ = 0;  ///< Of the message at hand.
};

}  // namespace cw::notifier
