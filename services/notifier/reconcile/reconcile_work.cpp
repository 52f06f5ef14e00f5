#include "notifier/reconcile/reconcile_work.hpp"

#include "lib/base/assert.hpp"
#include "notifier/message_batch.hpp"
#include "notifier/reconcile/bucket_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cw::notifier {

using Kind = DeliveryEvent::Kind;

ReconcileWork::ReconcileWork(const BatchBuilder& builder,
                             std::shared_ptr<IssuerFeed> feed,
                             RepairLimits limits,
                             Done done)
    : builder_(builder), feed_(std::move(feed)), limits_(limits), done_(std::move(done)) {}

http::Task<ReconcileWork::Message> ReconcileWork::next(ExtraPlace place) {
  if (failure_) co_return *failure_;
  switch (stage_) {
    case Stage::kCompare:
    case Stage::kConfirm:
      co_return digest_batch(place);
    case Stage::kRepair:
      co_return co_await repair_batch(place);
    case Stage::kDone:
      break;
  }
  co_return std::optional<BuiltBatch>{};
}

ReconcileWork::Message ReconcileWork::digest_batch(const ExtraPlace& place) {
  const auto digests = feed_->digests();
  if (!digests) return Error{Errc::kUnavailable, "entries are pending or not hashed yet"};
  if (digests->through != place.through) {
    return Error{Errc::kUnavailable, "the cursor is on its way"};
  }
  if (stage_ == Stage::kCompare) result_.through = place.through;
  auto batch =
      verification_batch(place, {}, codec::digest_sums(digests->through, digests->buckets));
  if (!batch) return std::move(batch).error();
  return std::optional{std::move(batch).value()};
}

http::Task<ReconcileWork::Message> ReconcileWork::repair_batch(ExtraPlace place) {
  CW_ASSERT(!left_.empty());
  // What lies between is repaired already, at this cursor or an older one: entries delivered since
  // then have reached the issuer as entries.
  if (parts_.empty() || parts_at_ != place.through) {
    auto cards = co_await open_bucket(builder_, *feed_, left_.front(), place.through);
    if (!cards) co_return std::move(cards).error();
    auto range = range_of(left_.front());
    range.from = from_;
    auto parts = cut(range, std::move(cards).value(), limits_);
    parts_.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
    parts_at_ = place.through;
  }
  co_return part_batch(place);
}

ReconcileWork::Message ReconcileWork::part_batch(const ExtraPlace& place) {
  const RepairPart& part = parts_.front();
  std::vector<Sensitive> texts;
  texts.reserve(part.entries.size());
  for (const auto& entry : part.entries) texts.push_back(entry.text);
  auto batch = message_batch(place,
                             {.issuer = place.issuer,
                              .epoch = place.epoch,
                              .batch = {},
                              .after = 0,
                              .through = place.through,
                              .more = parts_.size() > 1 || left_.size() > 1,
                              .replaces = part.replaces},
                             texts);
  if (!batch) return std::move(batch).error();
  body_bytes_ = batch.value().body.size();
  return std::optional{std::move(batch).value()};
}

void ReconcileWork::answered(const PushOutcome& outcome) {
  if (outcome.event.kind != Kind::kAccepted) return refused(outcome);
  if (stage_ == Stage::kRepair) return repaired();
  const auto& differing = outcome.answer.differing_buckets;
  if (!differing) {
    failure_ = Error{Errc::kConflict, "the issuer stands at another seq, or does not compare"};
  } else {
    compared(*differing);
  }
}

void ReconcileWork::compared(const std::vector<crypto::Bucket>& differing) {
  if (stage_ == Stage::kConfirm) {
    result_.equal_after = differing.empty();
    stage_ = Stage::kDone;
    return;
  }
  result_.equal_before = differing.empty();
  result_.equal_after = differing.empty();
  result_.differing = differing;
  left_.assign(differing.begin(), differing.end());
  stage_ = left_.empty() ? Stage::kDone : Stage::kRepair;
  if (!left_.empty()) from_ = range_of(left_.front()).from;
}

void ReconcileWork::repaired() {
  CW_ASSERT(!parts_.empty());
  const RepairPart& part = parts_.front();
  ++result_.repair_batches;
  result_.repaired_entries += part.entries.size();
  result_.bytes += body_bytes_;
  const bool whole = part.replaces.through == range_of(left_.front()).through;
  from_ = part.replaces.through + 1;
  parts_.pop_front();
  if (!whole) return;
  parts_.clear();
  left_.pop_front();
  if (left_.empty()) {
    stage_ = Stage::kConfirm;
  } else {
    from_ = range_of(left_.front()).from;
  }
}

void ReconcileWork::refused(const PushOutcome& outcome) {
  const bool repair = stage_ == Stage::kRepair && !parts_.empty();
  const std::size_t entries = repair ? parts_.front().entries.size() : 0;
  if (outcome.event.kind == Kind::kRefused && entries > 1) {
    limits_.entries_max = std::max<std::size_t>(entries / 2, 1);
    parts_.clear();
    return;
  }
  const bool gap = outcome.event.kind == Kind::kGap;
  failure_ = Error{gap ? Errc::kConflict : Errc::kRemoteRefused, outcome.event.error.detail};
}

void ReconcileWork::ended(const Status& status) {
  const Done done = std::exchange(done_, nullptr);
  CW_ASSERT(done != nullptr);
  if (!status) return done(status.error());
  result_.at = now();
  done(std::move(result_));
}

}  // namespace cw::notifier
